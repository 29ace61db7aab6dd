/** The longest time that a timer of Node.js takes, in milliseconds: 24 days. */
const LONGEST_MS = 2 ** 31 - 1;

/** Calls `due` once, after a time of any length. */
export class Deadline {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    ms: number,
    private readonly due: () => void,
  ) {
    this.wait(ms);
  }

  cancel(): void {
    clearTimeout(this.timer);
  }

  private wait(ms: number): void {
    this.timer = setTimeout(
      () => (ms > LONGEST_MS ? this.wait(ms - LONGEST_MS) : this.due()),
      Math.min(ms, LONGEST_MS),
    );
    this.timer.unref();
  }
}
