/** Something with a deadline on the monotonic clock (`performance.now()`, ms). */
export interface Expiring {
  readonly deadlineAt: number;
  expire(): void;
}

/**
 * Ends members whose deadline has passed, with one timer for all.
 *
 * It remembers only the earliest deadline seen, and checks all members at that time. A member that ends earlier does not
 * move the timer, so under a steady load a check happens about once per length of a deadline, not once per member.
 */
export class DeadlineSweep {
  private earliest = Number.POSITIVE_INFINITY;
  private timer?: NodeJS.Timeout;

  constructor(private readonly members: () => Iterable<Expiring>) {}

  /** Call for each new member. */
  watch(deadlineAt: number): void {
    if (deadlineAt >= this.earliest) return;
    this.earliest = deadlineAt;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.sweep(), Math.max(1, deadlineAt - performance.now()));
  }

  stop(): void {
    clearTimeout(this.timer);
    this.earliest = Number.POSITIVE_INFINITY;
  }

  private sweep(): void {
    const now = performance.now();
    this.earliest = Number.POSITIVE_INFINITY;
    let next = Number.POSITIVE_INFINITY;
    for (const member of this.members()) {
      if (member.deadlineAt <= now) member.expire();
      else if (member.deadlineAt < next) next = member.deadlineAt;
    }
    if (next !== Number.POSITIVE_INFINITY) this.watch(next);
  }
}
