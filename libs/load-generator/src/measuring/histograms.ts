import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
} from 'hdr-histogram-js';

export type { Histogram } from 'hdr-histogram-js';

/** Values in microseconds up to 134 s, to three significant digits. */
export const newHistogram = (): Histogram =>
  build({ lowestDiscernibleValue: 1, highestTrackableValue: 2 ** 27, numberOfSignificantValueDigits: 3 });

/** Adds pairs of value and count, as `LatencyCounts` gives them. */
export function addPairs(histogram: Histogram, pairs: ArrayLike<number>): void {
  for (let at = 0; at < pairs.length; at += 2) histogram.recordValueWithCount(pairs[at]!, pairs[at + 1]!);
}

/** HdrHistogram's compressed form, which its tools in every language read. */
export const encodeHistogram = (histogram: Histogram): string => encodeIntoCompressedBase64(histogram);

export const decodeHistogram = (text: string): Histogram => decodeFromCompressedBase64(text);

/** Milliseconds that the given percentage of values does not exceed; 0 for an empty histogram. */
export const percentileMs = (histogram: Histogram, percent: number): number =>
  histogram.totalCount === 0 ? 0 : histogram.getValueAtPercentile(percent) / 1_000;
