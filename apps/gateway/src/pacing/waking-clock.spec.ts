import { describe, expect, it } from '@jest/globals';
import { MOST_PER_TICK_MS, WakingClock } from './waking-clock.js';

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
