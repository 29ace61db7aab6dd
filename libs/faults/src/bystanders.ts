import { Member } from './member.js';
import type { Scene } from './scene.js';

/** A post every so often, in ms. */
const EVERY_MS = 100;

/** A user who keeps posting into a channel that a fault should not touch. */
export class Bystanders {
  /** How long each post took that was begun while they were watched, in ms. */
  readonly watched: number[] = [];
  private watching = false;
  private readonly posts = new Set<Promise<void>>();
  private readonly ticker: NodeJS.Timeout;

  private constructor(
    private readonly member: Member,
    private readonly channelUUID: string,
  ) {
    let number = 0;
    this.ticker = setInterval(() => this.post(`${member.name}-${number++}`), EVERY_MS);
  }

  /** Makes users until one's own notes are where they are wanted. */
  static async elsewhere(
    { stage, ledger, traffic }: Scene,
    isElsewhere: (channelUUID: string) => Promise<boolean>,
  ): Promise<Bystanders> {
    for (let tries = 0; ; tries += 1) {
      const member = new Member(`bystander-${traffic.members[0]!.name}-${tries}`, stage.urls, ledger);
      const { userUUID } = await member.client.signUp(member.name, 'a password of a bystander');
      const { channelUUID } = await member.client.subscribe({ recipientUUID: userUUID });
      if (await isElsewhere(channelUUID)) return new Bystanders(member, channelUUID);
      await member.readLog(channelUUID);
      member.client.close();
    }
  }

  /** From now on it counts how long a post takes. */
  watch(): void {
    this.watching = true;
  }

  rest(): void {
    this.watching = false;
  }

  /** Ends the posts, and enters the channel's log into the ledger. */
  async leave(): Promise<void> {
    clearInterval(this.ticker);
    await Promise.all(this.posts);
    await this.member.readLog(this.channelUUID);
    this.member.client.close();
  }

  private post(text: string): void {
    const since = performance.now();
    const counts = this.watching;
    const post = this.member.post({ channelUUID: this.channelUUID }, text).then(() => {
      this.posts.delete(post);
      if (counts) this.watched.push(performance.now() - since);
    });
    this.posts.add(post);
  }
}
