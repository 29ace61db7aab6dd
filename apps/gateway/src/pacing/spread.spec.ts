import { describe, expect, it } from '@jest/globals';
import { spread } from './spread.js';

describe('spread', () => {
  it('handles each item once, evenly over the time', async () => {
    const began = performance.now();
    const acts: { item: number; at: number }[] = [];
    const items = Array.from({ length: 100 }, (_, n) => n);
    await spread(items, 1_000, (item) => acts.push({ item, at: performance.now() - began }));
    expect(acts.map(({ item }) => item).sort((a, b) => a - b)).toEqual(items);
    expect(acts.map(({ item }) => item)).not.toEqual(items);
    const inFirstHalf = acts.filter(({ at }) => at < 500).length;
    expect(inFirstHalf).toBeGreaterThan(35);
    expect(inFirstHalf).toBeLessThan(65);
    expect(acts.at(-1)!.at).toBeGreaterThan(950);
  });

  it('handles all at once when there is no time', async () => {
    const acts: number[] = [];
    const spreading = spread([1, 2, 3], 0, (item) => acts.push(item));
    expect(acts.sort()).toEqual([1, 2, 3]);
    await spreading;
  });
});
