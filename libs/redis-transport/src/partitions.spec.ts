import { describe, expect, it } from '@jest/globals';
import { partitionOf } from './partitions.js';

describe('partitionOf', () => {
  it('is always the same for a key and a number', () => {
    // Other processes, of this version and of others, have to come to the same.
    expect(
      ['a', 'channel', '018f3a52-7b7e-7d1c-9c61-0f6a5e0c1a11', 'é'].map((key) => partitionOf(key, 61)),
    ).toEqual([53, 37, 50, 45]);
  });

  it('is the first without a key, and where there is one only', () => {
    expect(partitionOf(undefined, 8)).toBe(0);
    expect(partitionOf('channel', 1)).toBe(0);
  });

  it('spreads keys evenly', () => {
    const counts = new Array<number>(4).fill(0);
    for (let n = 0; n < 4_000; n++) counts[partitionOf(`018f3a52-7b7e-7d1c-9c61-${n}`, 4)]! += 1;
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });
});
