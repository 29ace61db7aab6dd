import { describe, expect, it } from '@jest/globals';
import { median, percentile } from './percentile.js';

describe('a median', () => {
  it('is the middle of an odd number of values, in whatever order they come', () => {
    expect(median([9, 1, 5])).toBe(5);
  });

  it('is the mean of the two in the middle of an even number', () => {
    expect(median([4, 1, 3, 100])).toBe(3.5);
  });

  it('does not exist for no values', () => {
    expect(() => median([])).toThrow(RangeError);
  });
});

describe('a percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

  it('is the least value that so many of the values do not exceed', () => {
    expect(percentile(hundred, 0.99)).toBe(99);
    expect(percentile(hundred, 1)).toBe(100);
    expect(percentile([3, 1, 2], 0.5)).toBe(2);
  });

  it('does not exist for no values', () => {
    expect(() => percentile([], 0.99)).toThrow(RangeError);
  });
});
