import { atEndOfTurn } from '../pacing/end-of-turn.js';
import { processLoad, type Waits } from '../pacing/load.js';

/** Something with frames for many sockets. */
export interface Sender {
  /** Writes the frames that are due. */
  flush(): void;
}

/**
 * In a saturated process a crowd rests this many times as long as its last writes took, so that it takes a ninth of the
 * process at most while its rest can still grow. Measured in docs/performance.md, "How long a crowd rests".
 */
const REST = 8;
/** The longest rest, in milliseconds. */
export const MOST_REST_MS = 75;

/**
 * Decides when frames leave that are due to many sockets: once per turn of the event loop. A delivery costs what its
 * system call costs, so everything that arrives within one turn shares one call. Under load the turns grow, and the cost
 * of a delivery falls. With a tick, frames wait that long at most, and no two writes follow each other more closely.
 */
export class Pace {
  private senders: Sender[] = [];
  private turns = 0;
  private isTurnCounted = false;

  /**
   * @param tickMs milliseconds for which frames are collected; 0: until the turn ends.
   * @param load decides how long crowds rest.
   */
  constructor(
    private readonly tickMs = 0,
    private readonly load: Waits = processLoad,
  ) {}

  /**
   * How long a crowd rests, in milliseconds.
   * @param writesMs how long its writes took.
   * @param turns in how many turns the frames arrived that shared those writes. Without a rest each turn has its own.
   */
  restAfter(writesMs: number, turns = 1): number {
    if (turns > 1) this.load.spared((turns - 1) * writesMs);
    return this.load.wait(Math.min(MOST_REST_MS, writesMs * REST));
  }

  /** The number of this turn of the event loop, among those that were asked for theirs. */
  turn(): number {
    if (!this.isTurnCounted) {
      this.isTurnCounted = true;
      this.turns += 1;
      atEndOfTurn(() => {
        this.isTurnCounted = false;
      });
    }
    return this.turns;
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
