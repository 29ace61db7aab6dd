import { randomBytes } from 'node:crypto';
import { chatClient } from '@parley/faults';

const PASSWORD = 'a password of the upgrade';
/** Sign-ins through each gateway: which of the two replicas of auth gets one is a matter of chance. */
const EACH = 4;

/** People who sign up and in while two versions work side by side, through the gateways of both. */
export class SignIns {
  private readonly run = randomBytes(4).toString('hex');
  private readonly names: string[] = [];
  private readonly earlier = [` \uff21 ${this.run}`, `\u200b${this.run}`];
  private readonly users = new Map<string, string>();
  private count = 0;

  /** How many sign-ups and sign-ins there were. */
  get total(): number {
    return this.count;
  }

  /**
   * Signs people up by names that only the version before gives out: with wide letters, and with something that cannot be seen.
   * @throws Error when one is refused.
   */
  async upBefore(url: string): Promise<void> {
    for (const name of this.earlier) await this.enter(url, 'signUp', name);
  }

  /**
   * Signs new people up through each gateway, and signs those in who signed up before, in either version.
   * @throws Error when one is refused.
   */
  async through(urls: readonly string[]): Promise<void> {
    for (const url of urls) {
      for (const name of this.earlier) await this.enter(url, 'signIn', name);
      for (let n = 0; n < EACH; n += 1) {
        const name = `${this.run}-${this.names.length}`;
        await this.enter(url, 'signUp', name);
        this.names.push(name);
        await this.enter(url, 'signIn', this.names[(n * this.names.length) >> 2]!);
      }
    }
  }

  private async enter(url: string, type: 'signUp' | 'signIn', name: string): Promise<void> {
    const client = chatClient(url);
    try {
      const { userUUID } = await client[type](name, PASSWORD);
      const known = this.users.get(name) ?? userUUID;
      if (userUUID !== known) throw new Error(`expected the user ${known}, and got ${userUUID}`);
      this.users.set(name, userUUID);
      this.count += 1;
    } catch (error) {
      throw new Error(`${type} of ${name} through ${url}: ${error}`, { cause: error });
    } finally {
      client.close();
    }
  }
}
