import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { BackOff } from './back-off.js';

const options = { firstMs: 100, longestMs: 1_000, stableMs: 5_000 };

describe('the pauses between attempts', () => {
  afterEach(() => void jest.restoreAllMocks());

  it('double, up to the longest', () => {
    jest.spyOn(Math, 'random').mockReturnValue(1);
    const backOff = new BackOff(options);
    expect(Array.from({ length: 6 }, () => backOff.next())).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  });

  it('are spread from zero to their bound, on top of what the server asked for', () => {
    const pauses = Array.from({ length: 1_000 }, () => new BackOff(options).next(50));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(50);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(150);
    const early = pauses.filter((pause) => pause < 100).length;
    expect(early).toBeGreaterThan(400);
    expect(early).toBeLessThan(600);
  });

  it('start over only after a stable connection', () => {
    jest.spyOn(Math, 'random').mockReturnValue(1);
    const backOff = new BackOff(options);
    backOff.next();
    backOff.wasUsable(4_999);
    expect(backOff.next()).toBe(200);
    backOff.wasUsable(5_000);
    expect(backOff.next()).toBe(100);
  });
});
