import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { RedisClock } from './redis-clock.js';

describe('the clock of Redis', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  /** Milliseconds by the clock of the Redis that answers. */
  let redisAhead = 1_000_000;
  const redisNow = () => performance.now() + redisAhead;
  /** How long (ms) Redis lets the command wait before it runs it. */
  let waitMs = 0;
  const wait = () => new Promise((resolve) => setTimeout(resolve, waitMs));

  const start = async () => {
    const link = {
      ready: true,
      run: async <T>() => {
        await wait();
        return redisNow() as T;
      },
    };
    const clock = new RedisClock(link, 'key', () => undefined);
    const started = clock.start();
    await jest.advanceTimersByTimeAsync(waitMs + 1);
    await started;
    return clock;
  };
  const fault = (clock: RedisClock) => Math.abs(clock.now() - redisNow());

  afterEach(() => {
    waitMs = 0;
    redisAhead = 1_000_000;
  });

  it('stays right when a later reading takes long', async () => {
    const clock = await start();
    waitMs = 8_000;
    await jest.advanceTimersByTimeAsync(60_000);
    expect(fault(clock)).toBeLessThan(10);
    clock.stop();
  });

  it('is soon right when the first reading took long', async () => {
    waitMs = 8_000;
    const clock = await start();
    expect(fault(clock)).toBeGreaterThan(1_000);
    waitMs = 0;
    await jest.advanceTimersByTimeAsync(1_000);
    expect(fault(clock)).toBeLessThan(10);
    clock.stop();
  });

  it('follows another Redis, however long its first reading takes', async () => {
    const clock = await start();
    redisAhead = 5_000_000;
    waitMs = 100;
    const again = clock.start();
    await jest.advanceTimersByTimeAsync(waitMs + 1);
    await again;
    expect(fault(clock)).toBeLessThan(200);
    clock.stop();
  });
});
