import { describe, expect, it } from '@jest/globals';
import { TokenBucket } from './token-bucket.js';

describe('TokenBucket', () => {
  it('allows a burst, then as many as the rate, and says how long to wait', () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 20 }, 0);
    const waits = Array.from({ length: 22 }, () => bucket.take(0));
    expect(waits).toEqual([...Array.from({ length: 20 }, () => 0), 100, 100]);
    expect(bucket.take(50)).toBe(50);
    expect(bucket.take(100)).toBe(0);
    expect(bucket.take(100)).toBe(100);
  });

  it('saves up no more than a burst', () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 5 }, 0);
    const waits = Array.from({ length: 7 }, () => bucket.take(60_000));
    expect(waits.filter((wait) => wait === 0)).toHaveLength(5);
  });
});
