import { describe, expect, it } from '@jest/globals';
import { type Figures, inRounds, medians } from './rounds.js';

describe('rounds', () => {
  it('measure every contestant once in each, and begin with another one each time', async () => {
    const seen: string[] = [];
    const entries = ['a', 'b', 'c'].map((contestant) => ({
      contestant,
      label: contestant,
      measure: async () => {
        seen.push(contestant);
        return { at: seen.length };
      },
    }));
    const measured = await inRounds(entries, 3, () => {});
    expect(seen.join('')).toBe('abcbcacab');
    expect(measured.map(({ rounds }) => rounds.map((figures) => figures['at']))).toEqual([
      [1, 6, 8],
      [2, 4, 9],
      [3, 5, 7],
    ]);
  });

  it('give medians of the figures that a round has', () => {
    const rounds: Figures[] = [{ p99: 5, limit: 1 }, { p99: 7 }, { p99: 6 }];
    expect(medians({ contestant: 'a', label: 'A', rounds })).toEqual({ p99: 6, limit: 1 });
  });
});
