import { percentile } from '@parley/testing';

/** How long frames took, in ms. */
export interface FrameTimes {
  count: number;
  p99Ms: number;
  longestMs: number;
}

/** @param times when each frame began, in ms */
export function frameTimes(times: readonly number[]): FrameTimes {
  const lengths = times.slice(1).map((time, at) => time - times[at]!);
  return { count: lengths.length, p99Ms: percentile(lengths, 0.99), longestMs: Math.max(...lengths) };
}

/** The means of the first and of the last third of samples; of fewer than three, of the first and the last sample. */
export function outerThirds(samples: readonly number[]): { first: number; last: number } {
  const size = Math.max(1, Math.floor(samples.length / 3));
  return { first: mean(samples.slice(0, size)), last: mean(samples.slice(-size)) };
}

function mean(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('no samples');
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
