import { randomBytes } from 'node:crypto';

/** Texts of a burst on their way, and how long each delivery took. */
export class Burst {
  /** Begins each of its texts. */
  readonly name = `burst-${randomBytes(4).toString('hex')}`;
  /** Resolves with the time of every delivery, in ms, when the last has come. */
  readonly latencies: Promise<number[]>;
  private readonly since = new Map<string, number>();
  private readonly taken: number[] = [];
  private complete!: (latencies: number[]) => void;

  constructor(private readonly deliveries: number) {
    this.latencies = new Promise((resolve) => {
      this.complete = resolve;
    });
  }

  posted(text: string): void {
    this.since.set(text, performance.now());
  }

  /** A text has reached a member; one of somebody else counts nothing. */
  arrived(text: string): void {
    const since = this.since.get(text);
    if (since === undefined) return;
    this.taken.push(performance.now() - since);
    if (this.taken.length === this.deliveries) this.complete(this.taken);
  }
}
