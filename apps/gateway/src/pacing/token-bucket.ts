/** How fast one connection may send. */
export interface FrameRate {
  readonly perSecond: number;
  /** Frames at once, after a rest. */
  readonly burst: number;
}

/** A token bucket (RFC 2697 calls it so): filled at a steady rate up to its size, a frame takes one out. */
export class TokenBucket {
  private tokens: number;

  constructor(
    private readonly rate: FrameRate,
    /** Milliseconds of a monotonic clock. */
    private updated = performance.now(),
  ) {
    this.tokens = rate.burst;
  }

  /** Takes a token. @returns 0, or the milliseconds until there is one. */
  take(now = performance.now()): number {
    const { perSecond, burst } = this.rate;
    this.tokens = Math.min(burst, this.tokens + ((now - this.updated) / 1_000) * perSecond);
    this.updated = now;
    if (this.tokens < 1) return Math.ceil(((1 - this.tokens) / perSecond) * 1_000);
    this.tokens -= 1;
    return 0;
  }
}
