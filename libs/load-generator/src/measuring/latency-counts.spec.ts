import { describe, expect, it } from '@jest/globals';
import { addPairs, decodeHistogram, encodeHistogram, newHistogram, percentileMs } from './histograms.js';
import { LatencyCounts } from './latency-counts.js';

/** 1 µs to 100 s, evenly over the magnitudes. */
const values = Array.from({ length: 5_000 }, (_, index) => Math.floor(10 ** ((index / 5_000) * 8)));

describe('counts of latencies', () => {
  it('keep every value to three digits, as HdrHistogram does', () => {
    const counts = new LatencyCounts();
    const direct = newHistogram();
    for (const value of values) {
      counts.record(value);
      direct.recordValue(value);
    }
    const histogram = newHistogram();
    addPairs(histogram, counts.take());
    expect(histogram.totalCount).toBe(values.length);
    for (const percent of [0, 1, 25, 50, 90, 99, 99.9, 100]) {
      expect(histogram.getValueAtPercentile(percent)).toBe(direct.getValueAtPercentile(percent));
    }
  });

  it('are handed over once', () => {
    const counts = new LatencyCounts();
    counts.record(5);
    expect([...counts.take()]).toEqual([5, 1]);
    expect([...counts.take()]).toEqual([]);
  });

  it('keep what is beyond their range as its end', () => {
    const counts = new LatencyCounts();
    for (const value of [-3, 0.9, 1e12]) counts.record(value);
    const pairs = [...counts.take()];
    expect(pairs.slice(0, 2)).toEqual([0, 2]);
    expect(pairs[2]).toBeGreaterThan(133e6);
    expect(() => addPairs(newHistogram(), Float64Array.from(pairs))).not.toThrow();
  });
});

describe('histograms', () => {
  it('of two machines are one of all values, also after being written', () => {
    const [one, other, all] = [newHistogram(), newHistogram(), newHistogram()];
    for (const [index, value] of values.entries()) {
      (index % 3 === 0 ? one : other).recordValue(value);
      all.recordValue(value);
    }
    const sum = decodeHistogram(encodeHistogram(one));
    sum.add(decodeHistogram(encodeHistogram(other)));
    for (const percent of [1, 50, 99, 99.9, 100]) {
      expect(percentileMs(sum, percent)).toBe(percentileMs(all, percent));
    }
  });

  it('say 0 when nothing was recorded', () => {
    expect(percentileMs(newHistogram(), 99)).toBe(0);
  });
});
