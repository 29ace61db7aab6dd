/** Width of a bucket: neighbours differ by 1 %, so a percentile is right to within that. */
const GROWTH = Math.log(1.01);
/** The lowest bucket begins at 1 µs; the highest ends beyond 10 minutes. */
const BUCKETS = 2_048;

/** Counts of latencies by size; those of several processes can be added up. */
export class LatencyHistogram {
  readonly counts: number[];

  constructor(counts: number[] = new Array<number>(BUCKETS).fill(0)) {
    this.counts = counts;
  }

  record(milliseconds: number): void {
    const bucket = Math.floor(Math.log(Math.max(1, milliseconds * 1_000)) / GROWTH);
    this.counts[Math.min(BUCKETS - 1, bucket)]!++;
  }

  add(other: LatencyHistogram): void {
    for (let at = 0; at < BUCKETS; at++) this.counts[at]! += other.counts[at]!;
  }

  get total(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }

  /** Milliseconds that the given share (0 to 1) of latencies did not exceed. */
  percentile(share: number): number {
    const rank = share * this.total;
    let seen = 0;
    for (let at = 0; at < BUCKETS; at++) {
      seen += this.counts[at]!;
      if (seen >= rank) return Math.exp((at + 1) * GROWTH) / 1_000;
    }
    return 0;
  }
}
