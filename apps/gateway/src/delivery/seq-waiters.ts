interface Waiter {
  readonly seq: number;
  readonly resolve: () => void;
}

/** Callers that wait until a log has delivered up to a Seq. */
export class SeqWaiters {
  private waiters: Waiter[] = [];

  /** Resolves with the first call of `reached` for this Seq or a higher one. */
  waitFor(seq: number): Promise<void> {
    return new Promise((resolve) => this.waiters.push({ seq, resolve }));
  }

  /** The log has delivered up to this Seq. */
  reached(upTo: number): void {
    if (this.waiters.length === 0) return;
    const { waiters } = this;
    this.waiters = waiters.filter(({ seq }) => seq > upTo);
    for (const { seq, resolve } of waiters) if (seq <= upTo) resolve();
  }

  /** Nobody needs to wait any longer. */
  releaseAll(): void {
    this.reached(Number.POSITIVE_INFINITY);
  }
}
