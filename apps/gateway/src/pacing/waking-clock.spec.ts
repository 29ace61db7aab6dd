import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { MOST_PER_TICK_MS, WakingClock, withinWaking } from './waking-clock.js';

/** A clock over a real one that the test moves. */
function clockAt(start: number) {
  let real = start;
  const clock = new WakingClock(() => real);
  const pass = (ms: number) => {
    real += ms;
  };
  return { clock, pass };
}

describe('WakingClock', () => {
  it('runs with the real clock while it is read regularly', () => {
    const { clock, pass } = clockAt(7_000);
    for (let n = 0; n < 40; n += 1) {
      pass(250);
      clock.tick();
    }
    pass(100);
    expect(clock.now()).toBe(10_100);
  });

  it('stands still in a stall, before the stall is noticed and after', () => {
    const { clock, pass } = clockAt(0);
    pass(65_000);
    expect(clock.now()).toBe(MOST_PER_TICK_MS);
    clock.tick();
    expect(clock.now()).toBe(MOST_PER_TICK_MS);
    pass(100);
    expect(clock.now()).toBe(MOST_PER_TICK_MS + 100);
  });

  it('never goes back', () => {
    const { clock, pass } = clockAt(0);
    let before = clock.now();
    for (const ms of [1, 400, 600, 0, 65_000, 3]) {
      pass(ms);
      expect(clock.now()).toBeGreaterThanOrEqual(before);
      before = clock.now();
      clock.tick();
      expect(clock.now()).toBe(before);
    }
  });
});

describe('withinWaking', () => {
  afterEach(() => void jest.restoreAllMocks());

  it('settles as the promise does', async () => {
    expect(await withinWaking(1_000, Promise.resolve(1))).toBe(1);
    await expect(withinWaking(1_000, Promise.reject(new Error('lost')))).rejects.toThrow('lost');
  });

  it('rejects when the time is over, and not after a stall in it', async () => {
    await expect(withinWaking(5, new Promise(() => undefined))).rejects.toThrow('Not done within 5 ms.');
    const isOver = jest.fn();
    let done: () => void = () => undefined;
    const answer = new Promise<void>((resolve) => {
      done = resolve;
    });
    const waiting = withinWaking(2_000, answer).catch(isOver);
    const real = performance.now.bind(performance);
    jest.spyOn(performance, 'now').mockImplementation(() => real() + 65_000);
    await new Promise((resolve) => setTimeout(resolve, 300));
    done();
    await waiting;
    expect(isOver).not.toHaveBeenCalled();
  });
});
