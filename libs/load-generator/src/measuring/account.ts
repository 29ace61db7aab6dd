/** A gap in a stream: the numbers from `from` to before `to` have not come yet. */
interface Gap {
  readonly stream: number;
  readonly from: number;
  readonly to: number;
}

/** What the connections of a thread got, in total. */
export interface Tally {
  deliveries: number;
  /** Came again. */
  doubled: number;
  /** Came after a later one. */
  disordered: number;
  /** Deliveries of streams that the connection does not hold. */
  strayed: number;
  /** Times that a connection had to reload a stream: the server could not continue where the connection was. */
  reloads: number;
  /** Messages that reloads skipped: they are in the stream, but were not delivered. */
  skipped: number;
}

export const emptyTally = (): Tally => ({
  deliveries: 0,
  doubled: 0,
  disordered: 0,
  strayed: 0,
  reloads: 0,
  skipped: 0,
});

/** Which messages a connection never got. */
export interface Loss {
  readonly stream: number;
  readonly from: number;
  /** Inclusive. */
  readonly to: number;
}

/**
 * What one connection got of its streams, by number, at the cost of one comparison per run of consecutive numbers. A number
 * past the next one opens a gap. One that fills a gap came out of order. Any other earlier one came twice.
 */
export class Account {
  private readonly expected: Float64Array;
  private gaps: Gap[] = [];

  constructor(
    private readonly tally: Tally,
    private readonly firstStream: number,
    streams: number,
  ) {
    this.expected = new Float64Array(streams).fill(Number.NaN);
  }

  /** Messages of `stream` are due from `after + 1` on. A stream that has begun continues where it was. */
  begin(stream: number, after: number): void {
    const slot = stream - this.firstStream;
    if (Number.isNaN(this.expected[slot]!)) this.expected[slot] = after + 1;
  }

  /** The newest number of a stream that came; undefined before it began. */
  newest(stream: number): number | undefined {
    const expected = this.expected[stream - this.firstStream];
    return expected === undefined || Number.isNaN(expected) ? undefined : expected - 1;
  }

  /** The stream goes on after `after`. Where later numbers had come, which are not in it any more, this is a reload. */
  rewind(stream: number, after: number): void {
    const slot = stream - this.firstStream;
    if (this.expected[slot]! > after + 1) this.reload(stream, after);
  }

  /** The connection reloads the stream, and its next number is `after + 1`. What it had not got up to there is skipped. */
  reload(stream: number, after: number): void {
    const slot = stream - this.firstStream;
    this.tally.reloads += 1;
    this.tally.skipped += Math.max(0, after + 1 - this.expected[slot]!);
    this.expected[slot] = after + 1;
    this.gaps = this.gaps
      .map((gap) => (gap.stream === stream ? { ...gap, to: Math.min(gap.to, after + 1) } : gap))
      .filter(({ from, to }) => from < to);
  }

  /** The numbers `first` to `last` of a stream have come, in this order. */
  take(stream: number, first: number, last: number): void {
    const slot = stream - this.firstStream;
    this.tally.deliveries += last - first + 1;
    if (this.expected[slot] === first) {
      this.expected[slot] = last + 1;
      return;
    }
    if (!(this.expected[slot]! >= 0)) {
      this.tally.strayed += last - first + 1;
      return;
    }
    for (let seq = first; seq <= last; seq += 1) this.takeOne(stream, slot, seq);
  }

  private takeOne(stream: number, slot: number, seq: number): void {
    const expected = this.expected[slot]!;
    if (seq < expected) {
      if (this.fill(stream, seq)) this.tally.disordered += 1;
      else this.tally.doubled += 1;
      return;
    }
    if (seq > expected) this.gaps.push({ stream, from: expected, to: seq });
    this.expected[slot] = seq + 1;
  }

  /** Removes one number from the gap that it lies in; false when it lies in none. */
  private fill(stream: number, seq: number): boolean {
    const at = this.gaps.findIndex((gap) => gap.stream === stream && gap.from <= seq && seq < gap.to);
    if (at < 0) return false;
    const { from, to } = this.gaps[at]!;
    const rests = [
      { stream, from, to: seq },
      { stream, from: seq + 1, to },
    ];
    this.gaps.splice(at, 1, ...rests.filter((gap) => gap.from < gap.to));
    return true;
  }

  /** What never came, given the newest number of each stream. Later calls do not return it again. */
  settle(newest: ReadonlyMap<number, number>): Loss[] {
    for (const [slot, expected] of this.expected.entries()) {
      const stream = this.firstStream + slot;
      const last = newest.get(stream) ?? -1;
      if (!(expected <= last)) continue;
      this.gaps.push({ stream, from: expected, to: last + 1 });
      this.expected[slot] = last + 1;
    }
    const losses = this.gaps.map(({ stream, from, to }) => ({ stream, from, to: to - 1 }));
    this.gaps = [];
    return losses;
  }
}
