interface Waiter {
  readonly seq: number;
  readonly resolve: () => void;
}

/** Those who wait until a log has delivered up to a Seq. */
export class Arrivals {
  private waiters: Waiter[] = [];

  /** Resolves with the first call of `reach` for this Seq or a higher one. */
  at(seq: number): Promise<void> {
    return new Promise((resolve) => this.waiters.push({ seq, resolve }));
  }

  reach(upTo: number): void {
    if (this.waiters.length === 0) return;
    const { waiters } = this;
    this.waiters = waiters.filter(({ seq }) => seq > upTo);
    for (const { seq, resolve } of waiters) if (seq <= upTo) resolve();
  }

  /** Nothing is to be waited for any more. */
  reachAll(): void {
    this.reach(Number.POSITIVE_INFINITY);
  }
}
