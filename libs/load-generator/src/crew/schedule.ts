/** When messages are due: evenly, `rate` per second over all senders of all threads, from sender to sender. */
export interface Timetable {
  /** Microseconds since the epoch at which the first one is due. */
  readonly from: number;
  /** No message is due at this moment or later. A run that is ended early moves it. */
  until: number;
  /** Messages per second of all senders together. */
  readonly rate: number;
  readonly senders: number;
}

/** When the `round`-th message of a sender is due, in µs since the epoch. */
export const dueAt = ({ from, rate, senders }: Timetable, sender: number, round: number): number =>
  from + ((round * senders + sender) * 1e6) / rate;

/**
 * The messages of some senders, in the order in which they are due. The order does not depend on what was sent or
 * answered so far. A server or a generator that falls behind pays with the latency of everything that waits.
 */
export class Schedule {
  private round = 0;
  private at = 0;

  /** `own`: the numbers of this thread's senders, ascending. */
  constructor(
    readonly timetable: Timetable,
    private readonly own: readonly number[],
  ) {}

  get sender(): number {
    return this.own[this.at]!;
  }

  /** When the next message is due; Infinity when there is none. */
  get due(): number {
    if (this.own.length === 0 || this.timetable.rate === 0) return Number.POSITIVE_INFINITY;
    const due = dueAt(this.timetable, this.sender, this.round);
    return due < this.timetable.until ? due : Number.POSITIVE_INFINITY;
  }

  next(): void {
    this.at += 1;
    if (this.at < this.own.length) return;
    this.at = 0;
    this.round += 1;
  }
}
