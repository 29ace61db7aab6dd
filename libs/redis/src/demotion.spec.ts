import { describe, expect, it } from '@jest/globals';
import { Demotion } from './demotion.js';

const READONLY = new Error("READONLY You can't write against a read only replica.");

describe('Demotion', () => {
  const setUp = (random = 0) => {
    const clock = { ms: 0 };
    const demotion = new Demotion(
      () => clock.ms,
      () => random,
    );
    const refused = () => {
      demotion.isSeenIn(READONLY);
      const pause = demotion.nextPauseMs();
      clock.ms += pause;
      return pause;
    };
    return { clock, demotion, refused };
  };

  it('lets a client wait longer each time that it finds a replica, up to a second', () => {
    const { refused } = setUp();
    expect(Array.from({ length: 7 }, refused)).toEqual([50, 100, 200, 400, 800, 1_000, 1_000]);
  });

  it('spreads the clients', () => {
    const { refused } = setUp(0.99);
    expect(Array.from({ length: 6 }, refused).at(-1)).toBe(505);
  });

  it('begins again when no write was refused for a while', () => {
    const { clock, demotion, refused } = setUp();
    for (let times = 0; times < 7; times += 1) refused();
    clock.ms += 5_001;
    expect(demotion.nextPauseMs()).toBe(0);
    expect(refused()).toBe(50);
  });

  it('counts many refusals on one connection once', () => {
    const { demotion } = setUp();
    for (let commands = 0; commands < 50; commands += 1) expect(demotion.isSeenIn(READONLY)).toBe(true);
    expect(demotion.nextPauseMs()).toBe(50);
  });

  it('has nothing to do with other errors', () => {
    const { demotion } = setUp();
    expect(demotion.isSeenIn(new Error('OOM command not allowed'))).toBe(false);
    expect(demotion.nextPauseMs()).toBe(0);
  });
});
