import type { ReconnectOptions } from '../options.js';

/** After this many doublings, every pause is bounded by `longestMs` anyway. */
const MOST_DOUBLINGS = 16;

/**
 * Pauses with "full jitter" (AWS Architecture Blog, "Exponential Backoff And Jitter"): each is random between 0 and a
 * bound that doubles. Thousands of clients that lost the same server then do not all come back at once.
 */
export class BackOff {
  private attempts = 0;

  constructor(private readonly options: Required<ReconnectOptions>) {}

  /** The next pause in ms, never shorter than `leastMs`. */
  next(leastMs = 0): number {
    const { firstMs, longestMs } = this.options;
    const bound = Math.min(firstMs * 2 ** Math.min(this.attempts, MOST_DOUBLINGS), longestMs);
    this.attempts += 1;
    return leastMs + Math.random() * bound;
  }

  /** Reports how long a connection was usable. A stable connection resets the pauses to the first one. */
  wasUsable(forMs: number): void {
    if (forMs >= this.options.stableMs) this.attempts = 0;
  }
}
