import { atEndOfTurn } from '../pacing/end-of-turn.js';

/** Something with frames for many sockets. */
export interface Sender {
  /** Writes the frames that are due. */
  flush(): void;
}

/**
 * A crowd rests this many times as long as its last writes took, so that it takes a ninth of the process at most while its
 * rest can still grow. Measured in docs/performance.md, "How long a crowd rests".
 */
const REST = 8;
/** The longest rest, in milliseconds: nobody notices it in a busy crowd. */
export const MOST_REST_MS = 75;

/**
 * Decides when frames leave that are due to many sockets: once per turn of the event loop. A delivery costs what its
 * system call costs, so everything that arrives within one turn shares one call. Under load the turns grow, and the cost
 * of a delivery falls. With a tick, frames wait that long at most, and no two writes follow each other more closely.
 */
export class Pace {
  private senders: Sender[] = [];

  /**
   * @param tickMs milliseconds for which frames are collected; 0: until the turn ends.
   * @param rest how many times as long as its writes took a crowd rests.
   */
  constructor(
    private readonly tickMs = 0,
    private readonly rest = REST,
  ) {}

  /** How long a crowd rests whose writes took so long, both in milliseconds. */
  restAfter(writesMs: number): number {
    return Math.min(MOST_REST_MS, writesMs * this.rest);
  }

  /**
   * The sender has something to flush.
   * @param restMs milliseconds for which it rests instead, if that is longer than a turn. Timers tell no less than one
   *   apart.
   */
  add(sender: Sender, restMs = 0): void {
    if (restMs >= 1 && restMs > this.tickMs) setTimeout(() => sender.flush(), restMs);
    else if (this.senders.push(sender) > 1) return;
    else if (this.tickMs === 0) atEndOfTurn(() => this.flush());
    else setTimeout(() => this.flush(), this.tickMs);
  }

  /** Flushes the senders that were added. */
  flush(): void {
    const { senders } = this;
    this.senders = [];
    for (const sender of senders) sender.flush();
  }
}
