/**
 * How many frames may be sent per second. One frame to more connections than a second allows is still sent and
 * paid off over the seconds that follow, so that a large gateway is not silent for ever.
 */
export class FrameBudget {
  private available: number;

  /**
   * @param perSecond frames per second, and the most that is saved up.
   * @param updated milliseconds of a monotonic clock.
   */
  constructor(
    private readonly perSecond: number,
    private updated = performance.now(),
  ) {
    this.available = perSecond;
  }

  /** Takes `frames` out of the budget, or refuses while it is used up. */
  take(frames: number, now = performance.now()): boolean {
    const earned = ((now - this.updated) / 1_000) * this.perSecond;
    this.available = Math.min(this.perSecond, this.available + earned);
    this.updated = now;
    if (this.available <= 0) return false;
    this.available -= frames;
    return true;
  }
}
