import { describe, expect, it } from '@jest/globals';
import { perSecond, TokenBucket } from './token-bucket.js';

describe('TokenBucket', () => {
  it('allows a burst, then the rate, and says how long to wait', () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 20 }, 0);
    const waits = Array.from({ length: 22 }, () => bucket.takeOne(0));
    expect(waits).toEqual([...Array.from({ length: 20 }, () => 0), 100, 100]);
    expect(bucket.takeOne(50)).toBe(50);
    expect(bucket.takeOne(100)).toBe(0);
    expect(bucket.takeOne(100)).toBe(100);
  });

  it('saves up no more than a burst', () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 5 }, 0);
    const waits = Array.from({ length: 7 }, () => bucket.takeOne(60_000));
    expect(waits.filter((wait) => wait === 0)).toHaveLength(5);
  });
});

describe('a debt', () => {
  it('is paid off at the rate, and what is given back fills no more than the bucket', () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 20 }, 0);
    bucket.take(25, 0);
    expect(bucket.debtMs(0)).toBe(500);
    expect(bucket.debtMs(200)).toBe(300);
    expect(bucket.debtMs(500)).toBe(0);
    bucket.take(-100, 500);
    bucket.take(20, 500);
    expect(bucket.debtMs(500)).toBe(0);
    bucket.take(1, 500);
    expect(bucket.debtMs(500)).toBe(100);
  });
});

describe('a budget of frames per second', () => {
  it('allows as many frames per second as it has, and no more', () => {
    const budget = perSecond(100, 0);
    const allowed = Array.from({ length: 50 }, () => budget.spend(10, 0)).filter(Boolean);
    expect(allowed).toHaveLength(10);
    expect(budget.spend(10, 99)).toBe(true);
    expect(budget.spend(10, 99)).toBe(false);
  });

  it('saves up one second at most', () => {
    const budget = perSecond(10, 0);
    const allowed = Array.from({ length: 50 }, () => budget.spend(1, 60_000)).filter(Boolean);
    expect(allowed).toHaveLength(10);
  });

  it('allows a frame to more connections than the budget of one second, and pays it off', () => {
    const budget = perSecond(10, 0);
    expect(budget.spend(50, 0)).toBe(true);
    expect(budget.spend(1, 3_900)).toBe(false);
    expect(budget.spend(1, 4_100)).toBe(true);
  });
});
