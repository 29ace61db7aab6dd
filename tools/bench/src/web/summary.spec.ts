import { describe, expect, it } from '@jest/globals';
import { frameTimes, outerThirds } from './summary.js';

describe('what is said of frames', () => {
  it('counts the times between them, and finds the longest', () => {
    expect(frameTimes([1_000, 1_016, 1_032, 1_132, 1_148])).toEqual({ count: 4, p99Ms: 100, longestMs: 100 });
  });

  it('has a p99 that one frame of a hundred may exceed', () => {
    const times = Array.from({ length: 201 }, (_, n) => n * 16 + (n > 100 ? 400 : 0));
    expect(frameTimes(times)).toEqual({ count: 200, p99Ms: 16, longestMs: 416 });
  });

  it('is nothing where there are no two frames', () => {
    expect(() => frameTimes([5])).toThrow(RangeError);
  });
});

describe('what is said of a heap', () => {
  it('compares the beginning with the end, whatever was between them', () => {
    expect(outerThirds([1, 3, 90, 90, 5, 7])).toEqual({ first: 2, last: 6 });
  });

  it('takes single samples of few', () => {
    expect(outerThirds([4, 9])).toEqual({ first: 4, last: 9 });
    expect(() => outerThirds([])).toThrow(RangeError);
  });
});
