import type { Histogram } from '@parley/load-generator';

/** Halvings of the percentiles, to a thousandth of a per cent. */
const HALVINGS = 17;

/** The share of a histogram's values, in µs, of at most `atMostUs`; 0 for an empty one. */
export function shareWithin(histogram: Histogram, atMostUs: number): number {
  if (histogram.totalCount === 0 || histogram.minNonZeroValue > atMostUs) return 0;
  if (histogram.maxValue <= atMostUs) return 1;
  let [within, beyond] = [0, 100];
  for (let step = 0; step < HALVINGS; step += 1) {
    const middle = (within + beyond) / 2;
    if (histogram.getValueAtPercentile(middle) <= atMostUs) within = middle;
    else beyond = middle;
  }
  return within / 100;
}
