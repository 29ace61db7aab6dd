import type { ReconnectOptions } from './options.js';

/** Beyond this many doublings every pause is the longest anyway. */
const MOST_DOUBLINGS = 16;

/**
 * Pauses with "full jitter" (AWS Architecture Blog, "Exponential Backoff And Jitter"): random between 0 and a
 * bound that doubles, so that thousands who lost the same server do not come back in one wave.
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

  /** Told how long a connection was usable: a stable one makes the next pause a first one. */
  wasUsable(forMs: number): void {
    if (forMs >= this.options.stableMs) this.attempts = 0;
  }
}
