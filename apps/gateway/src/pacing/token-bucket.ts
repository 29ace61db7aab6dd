/** How fast a bucket fills, and how much it holds. */
export interface TokenRate {
  readonly perSecond: number;
  /** Tokens that a full bucket holds. */
  readonly burst: number;
}

/** A token bucket (RFC 2697): it fills at a steady rate up to its size, and what is allowed takes tokens out. */
export class TokenBucket {
  private tokens: number;

  /** @param updated milliseconds of a monotonic clock, as is every `now`. */
  constructor(
    readonly rate: TokenRate,
    private updated = performance.now(),
  ) {
    this.tokens = rate.burst;
  }

  /** Takes one token. @returns 0, or the milliseconds until there is one; then none is taken. */
  takeOne(now = performance.now()): number {
    this.refill(now);
    if (this.tokens < 1) return Math.ceil(((1 - this.tokens) / this.rate.perSecond) * 1_000);
    this.tokens -= 1;
    return 0;
  }

  /**
   * Spends tokens, or refuses while none is left. More than the bucket holds may be spent at once: the debt is paid off
   * over the seconds that follow, so that a large gateway is not silent for ever.
   */
  spend(tokens: number, now = performance.now()): boolean {
    this.refill(now);
    if (this.tokens <= 0) return false;
    this.tokens -= tokens;
    return true;
  }

  /** Takes tokens, also those that it does not have; a negative number gives some back. */
  take(tokens: number, now = performance.now()): void {
    this.refill(now);
    this.tokens = Math.min(this.rate.burst, this.tokens - tokens);
  }

  /** Tokens that can be taken now, in whole numbers. */
  left(now = performance.now()): number {
    this.refill(now);
    return Math.max(0, Math.floor(this.tokens));
  }

  /** Milliseconds until the bucket is full. */
  fullInMs(now = performance.now()): number {
    this.refill(now);
    return Math.ceil(((this.rate.burst - this.tokens) / this.rate.perSecond) * 1_000);
  }

  /** Milliseconds until a debt is paid off; 0 without one. */
  debtMs(now = performance.now()): number {
    this.refill(now);
    return Math.ceil(Math.max(0, (-this.tokens / this.rate.perSecond) * 1_000));
  }

  private refill(now: number): void {
    const { perSecond, burst } = this.rate;
    this.tokens = Math.min(burst, this.tokens + ((now - this.updated) / 1_000) * perSecond);
    this.updated = now;
  }
}

/** A bucket that holds the tokens of one second. */
export const perSecond = (tokens: number, now = performance.now()): TokenBucket =>
  new TokenBucket({ perSecond: tokens, burst: tokens }, now);
