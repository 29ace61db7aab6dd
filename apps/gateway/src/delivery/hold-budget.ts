/** Bytes that all logs of a gateway together may hold back. */
export class HoldBudget {
  constructor(private left: number) {}

  /** Takes bytes out of the budget, or refuses when there are not so many. */
  take(bytes: number): boolean {
    if (bytes > this.left) return false;
    this.left -= bytes;
    return true;
  }

  give(bytes: number): void {
    this.left += bytes;
  }
}
