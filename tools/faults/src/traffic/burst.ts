import { randomBytes } from 'node:crypto';

/** The texts of a burst in flight, and how long each delivery took. */
export class Burst {
  /** The prefix of each of its texts. */
  readonly name = `burst-${randomBytes(4).toString('hex')}`;
  /** Resolves with the time that each delivery took, in ms, when the last one has come. */
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

  /** A text has reached a member. Texts that are not of the burst are ignored. */
  arrived(text: string): void {
    const since = this.since.get(text);
    if (since === undefined) return;
    this.taken.push(performance.now() - since);
    if (this.taken.length === this.deliveries) this.complete(this.taken);
  }
}
