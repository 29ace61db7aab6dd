import { describe, expect, it } from '@jest/globals';
import { climb } from './climb.js';

const climbTo = async (limit: number) => {
  const tried: number[] = [];
  const found = await climb(async (rate) => {
    tried.push(rate);
    return rate <= limit;
  });
  return { found, tried };
};

describe('the ladder of rates', () => {
  it('doubles, then halves the gap twice', async () => {
    expect(await climbTo(1_300)).toEqual({ found: 1_200, tried: [200, 400, 800, 1_600, 1_200, 1_400] });
  });

  it('goes below its first step', async () => {
    expect(await climbTo(120)).toEqual({ found: 100, tried: [200, 100, 150] });
  });

  it('ends at its last step, and at nothing when nothing holds', async () => {
    expect((await climbTo(1_000_000)).found).toBe(25_600);
    expect((await climbTo(0)).found).toBe(0);
    expect(await climb(async () => true, 1_000)).toBe(800);
  });
});
