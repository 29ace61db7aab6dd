import type { ChatClient, Target } from '@parley/client';
import { Source } from '../shared/source.js';

export const NO_READS: ReadonlyMap<string, number> = new Map();

/** How many feeds hold a channel, for each client. Two may name one channel by different names. */
const holders = new WeakMap<ChatClient, Map<string, number>>();

/** The subscription of a feed, and what it tells beside messages. */
export class FeedChannel {
  /** How far each member has read, by user. */
  readonly reads = new Source(NO_READS);
  /** The channel's UUID, as soon as it is known. */
  readonly uuid: Source<string | undefined>;
  /** Whether the application holds the channel itself. It is left as it is then. */
  private isApplications = false;
  private isHeld = false;
  private isOver = false;
  /** Up to which Seq the channel is marked read, as far as this feed has asked for it. */
  private marked = 0;

  /** @param isKept whether the subscription outlives the feed. */
  constructor(
    private readonly client: ChatClient,
    private readonly target: Target,
    private readonly isKept: boolean,
  ) {
    this.uuid = new Source(target.channelUUID?.toLowerCase());
  }

  isIt(channelUUID: string): boolean {
    return channelUUID === this.uuid.value;
  }

  /** Keeps `reads` up to date. @returns a function that ends that. */
  follow(): () => void {
    // A new connection tells how far all have read, and news of a group that members have gone.
    const names = ['read', 'message', 'group', 'state'] as const;
    const offs = names.map((name) => this.client.on(name, () => this.showReads()));
    return () => {
      for (const off of offs) off();
    };
  }

  /** Subscribes to the channel. @throws ChatError */
  async hold(): Promise<void> {
    const before = this.client.positions.map(({ channelUUID }) => channelUUID);
    const { channelUUID } = await this.client.subscribe(this.target);
    this.uuid.set(channelUUID);
    this.showReads();
    if (this.isHeld) return;
    const count = this.holders.get(channelUUID) ?? 0;
    this.holders.set(channelUUID, count + 1);
    this.isHeld = true;
    this.isApplications = count === 0 && before.includes(channelUUID);
    if (this.isOver) this.release(); // nobody shows it any more
  }

  /** Marks the channel read up to a Seq, once for each. */
  async markRead(seq: number): Promise<void> {
    if (seq <= this.marked || !this.isHeld) return;
    const { marked } = this;
    this.marked = seq;
    try {
      await this.client.markRead(this.target, seq);
    } catch {
      // The session has ended, or the channel is closed. The next message asks again.
      this.marked = Math.min(this.marked, marked);
    }
  }

  /** Ends the subscription for good, even one that is only asked for. */
  end(): void {
    this.isOver = true;
    this.release();
  }

  /** The session has ended, and every subscription with it. */
  forget(): void {
    this.release();
    this.marked = 0;
    this.reads.set(NO_READS);
    this.uuid.set(this.target.channelUUID?.toLowerCase());
  }

  private showReads(): void {
    const reads = this.client.reads(this.target);
    this.reads.set(reads.size > 0 ? reads : NO_READS);
  }

  /** Unless something else needs the subscription, ends it. */
  private release(): void {
    const channelUUID = this.uuid.value;
    if (!this.isHeld || channelUUID === undefined) return;
    this.isHeld = false;
    const count = (this.holders.get(channelUUID) ?? 1) - 1;
    if (count > 0) this.holders.set(channelUUID, count);
    else this.holders.delete(channelUUID);
    if (count > 0 || this.isApplications || this.isKept || this.client.state === 'offline') return;
    // It fails if the session ends, and the subscription with it.
    this.client.unsubscribe({ channelUUID }).catch(() => undefined);
  }

  private get holders(): Map<string, number> {
    const counts = holders.get(this.client) ?? new Map<string, number>();
    holders.set(this.client, counts);
    return counts;
  }
}
