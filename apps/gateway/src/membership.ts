import type { Connection } from './connection.js';

interface HeldFrame {
  readonly seq: number;
  readonly frame: Buffer;
}

/**
 * One connection's place in one channel. While its join is under way frames are held back; they are delivered
 * behind the answer, and only those that the answer's snapshot does not hold. So a client misses nothing
 * between snapshot and live frames, and sees nothing twice.
 */
export class Membership {
  private held: HeldFrame[] | undefined = [];
  private heldBytes = 0;
  /** Frames up to this Seq were in the log when the connection joined. */
  private after = 0;

  constructor(
    readonly connection: Connection,
    readonly channelUUID: string,
    /** Bytes that may be held back; past it the client is treated as too slow. */
    private readonly maxHeldBytes: number,
  ) {}

  /** Delivers a frame, or holds it back. Seq 0: no part of the log. */
  offer(seq: number, frame: Buffer): void {
    if (this.held === undefined) this.deliver(seq, frame);
    else this.keep(this.held, { seq, frame });
  }

  /** From now on frames are held back. */
  hold(): void {
    this.held ??= [];
  }

  /** Delivers the held frames up to a Seq of the log, where the connection was joined all along. */
  flush(upTo: number): void {
    const held = this.held ?? [];
    const later = held.findIndex(({ seq }) => seq > upTo);
    const count = later < 0 ? held.length : later;
    for (const { seq, frame } of held.splice(0, count)) this.deliver(seq, frame);
  }

  /**
   * Delivers what was held and everything that comes.
   * @param after the newest Seq of the snapshot that the client has been sent; older frames are not delivered.
   */
  release(after = this.after): void {
    this.after = after;
    const held = this.held ?? [];
    this.held = undefined;
    this.heldBytes = 0;
    for (const { seq, frame } of held) this.deliver(seq, frame);
  }

  private deliver(seq: number, frame: Buffer): void {
    if (seq === 0 || seq > this.after) this.connection.write(frame);
  }

  private keep(held: HeldFrame[], item: HeldFrame): void {
    held.push(item);
    this.heldBytes += item.frame.length;
    if (this.heldBytes > this.maxHeldBytes) this.connection.tooSlow();
  }
}
