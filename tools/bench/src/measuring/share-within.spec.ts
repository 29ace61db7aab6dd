import { describe, expect, it } from '@jest/globals';
import { newHistogram } from '@parley/load-generator';
import { shareWithin } from './share-within.js';

describe('the share of values within a bound', () => {
  const histogram = newHistogram();
  for (let value = 1; value <= 1_000; value += 1) histogram.recordValue(value);

  it.each([
    [0.5, 0],
    [1, 0.001],
    [250, 0.25],
    [999, 0.999],
    [1_000, 1],
    [5_000, 1],
  ])('of %d is %d', (bound, share) => {
    expect(shareWithin(histogram, bound)).toBeCloseTo(share, 3);
  });

  it('is none of nothing', () => {
    expect(shareWithin(newHistogram(), 10)).toBe(0);
  });
});
