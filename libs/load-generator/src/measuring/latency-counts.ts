/** Sub-buckets per doubling: values are exact to 1/1024, three significant digits, as in HdrHistogram. */
const HALF = 1_024;
/** Values up to 2^27 µs, 134 s. Longer ones count as that. */
const DOUBLINGS = 17;
const LARGEST = HALF * 2 ** DOUBLINGS - 1;

/**
 * Counts of microseconds in HdrHistogram's buckets, for the innermost loop: recording takes a few ns where
 * `hdr-histogram-js` takes 115 (measured on Node 20). `addPairs` puts the counts into such a histogram.
 */
export class LatencyCounts {
  private readonly counts = new Uint32Array(HALF * (DOUBLINGS + 1));

  record(micros: number): void {
    this.counts[bucketOf(micros)]!++;
  }

  /** What was counted since the last call, as pairs of value and count. */
  take(): Float64Array {
    const pairs: number[] = [];
    for (let bucket = 0; bucket < this.counts.length; bucket += 1) {
      if (this.counts[bucket]! > 0) pairs.push(lowestOf(bucket), this.counts[bucket]!);
    }
    this.counts.fill(0);
    return Float64Array.from(pairs);
  }
}

function bucketOf(micros: number): number {
  const value = micros < 0 ? 0 : micros > LARGEST ? LARGEST : micros | 0;
  if (value < HALF) return value;
  const doubling = 22 - Math.clz32(value); // from 1: the position of the highest bit above the first 10
  return (doubling << 10) + (value >> (doubling - 1)) - HALF;
}

/** The lowest value of a bucket. */
function lowestOf(bucket: number): number {
  const doubling = bucket >> 10;
  return doubling === 0 ? bucket : ((bucket & (HALF - 1)) + HALF) * 2 ** (doubling - 1);
}
