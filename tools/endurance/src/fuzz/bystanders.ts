import { setTimeout as delay } from 'node:timers/promises';
import { readNonsense, TestClient } from '@parley/testing';
import { PASSWORD } from './grammar.js';

/** How often all of them together post, in ms. */
const EVERY_MS = 5;
const COUNT = 10;
const PATIENCE_MS = 30_000;

/** Users who write notes to themselves while others attack, and how long each note takes until it is stored. */
export class Bystanders {
  private watched: number[] | undefined;
  private posts = 0;
  private readonly failures: string[] = [];
  private readonly open = new Set<Promise<void>>();
  private readonly ticker: NodeJS.Timeout;

  private constructor(private readonly members: readonly { client: TestClient; userUUID: string }[]) {
    this.ticker = setInterval(() => this.post(), EVERY_MS);
  }

  static async enter(url: string): Promise<Bystanders> {
    const members = [];
    for (let n = 0; n < COUNT; n += 1) {
      const client = await TestClient.connect(url, { read: readNonsense });
      const signUp = { username: `bystander ${n}`, password: PASSWORD };
      const { authorized } = await client.ask({ type: 'signUp', signUp }, PATIENCE_MS);
      members.push({ client, userUUID: authorized.userUUID as string });
    }
    return new Bystanders(members);
  }

  /** Resolves with how long each note took that began within this time, in ms. */
  async watch(ms: number): Promise<number[]> {
    const watched: number[] = [];
    this.watched = watched;
    await delay(ms);
    return this.unwatch(watched);
  }

  /** The same while the work lasts. */
  async watchDuring(work: () => Promise<unknown>): Promise<number[]> {
    const watched: number[] = [];
    this.watched = watched;
    await work();
    return this.unwatch(watched);
  }

  /** What went wrong for them. */
  faults(): string[] {
    return [...this.failures];
  }

  async leave(): Promise<void> {
    clearInterval(this.ticker);
    await Promise.all(this.open);
    for (const { client } of this.members) client.socket.terminate();
  }

  private async unwatch(watched: number[]): Promise<number[]> {
    this.watched = undefined;
    await Promise.all(this.open);
    return watched;
  }

  private post(): void {
    this.posts += 1;
    const { client, userUUID } = this.members[this.posts % this.members.length]!;
    const { watched } = this;
    const began = performance.now();
    const channelMessage = { recipientUUID: userUUID, message: `note ${this.posts}` };
    const post = client
      .ask({ type: 'channelMessage', channelMessage }, PATIENCE_MS)
      .then(({ type }) => {
        if (type !== 'ack') throw new Error(`a note was answered with ${type}`);
        watched?.push(performance.now() - began);
        // They are not read again, and would be searched each time.
        client.frames.length = 0;
      })
      .catch((error: Error) => {
        if (this.failures.length < COUNT) this.failures.push(error.message);
      })
      .finally(() => this.open.delete(post));
    this.open.add(post);
  }
}
