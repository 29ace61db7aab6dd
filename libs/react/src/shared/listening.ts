/** Listens as long as at least one of those who have started it has not stopped it. */
export class Listening {
  private starts = 0;
  private offs: readonly (() => void)[] = [];

  /** @param begin adds the listeners, and returns a function for each that removes it. */
  constructor(private readonly begin: () => readonly (() => void)[]) {}

  /** @returns whether this start is the first. */
  start(): boolean {
    this.starts += 1;
    if (this.starts > 1) return false;
    this.offs = this.begin();
    return true;
  }

  /** @returns whether nobody listens any more. */
  stop(): boolean {
    this.starts -= 1;
    if (this.starts > 0) return false;
    for (const off of this.offs) off();
    this.offs = [];
    return true;
  }
}
