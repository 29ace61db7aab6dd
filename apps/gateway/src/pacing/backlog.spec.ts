import { beforeEach, describe, expect, it } from '@jest/globals';
import { Backlog } from './backlog.js';

/** The age that answers may have. */
const MOST_MS = 200;

describe('Backlog', () => {
  let now: number;
  let backlog: Backlog;
  let arrivals: number[];

  beforeEach(() => {
    now = 1_000;
    backlog = new Backlog(MOST_MS, () => now);
    arrivals = [];
  });

  /** In each of so many milliseconds one item arrives, whether it may wait or not, and the oldest that waits is answered. */
  function pass(ms: number): void {
    for (const end = now + ms; now < end; ) {
      now += 1;
      arrive(1);
      backlog.end(arrivals.shift()!);
    }
  }

  function arrive(items: number): void {
    for (let n = 0; n < items; n += 1) {
      backlog.begin();
      arrivals.push(now);
    }
  }

  it('refuses nothing while answers come in time', () => {
    arrive(150);
    pass(5_000);
    expect(backlog.refuses(now)).toBe(false);
  });

  it('refuses nothing of a burst that is worked off within a second', () => {
    arrive(900);
    pass(900);
    expect(backlog.refuses(now)).toBe(false);
  });

  it('refuses what would be answered too late once all has been late for a second', () => {
    arrive(450);
    pass(2_500);
    expect(backlog.refuses(now)).toBe(true);
    expect(backlog.waitMs).toBe(500);
  });

  it('refuses nothing when as much waits as is answered in time', () => {
    arrive(300);
    pass(2_500);
    expect(backlog.refuses(now)).toBe(false);
  });

  it('refuses what is too old already, however little else waits', () => {
    arrive(300);
    pass(2_500);
    expect(backlog.refuses(now - 2 * MOST_MS)).toBe(false);
    expect(backlog.refuses(now - 2 * MOST_MS - 1)).toBe(true);
  });

  it('ends when an answer comes in time', () => {
    arrive(450);
    pass(2_500);
    backlog.begin();
    backlog.end(now - MOST_MS);
    expect(backlog.refuses(now)).toBe(false);
  });

  it('refuses none of a few, whatever they wait', () => {
    arrive(63);
    for (let n = 0; n < 100; n += 1) {
      now += 400;
      arrive(1);
      backlog.end(arrivals.shift()!);
      expect(backlog.refuses(now - 10_000)).toBe(false);
    }
  });

  it('takes a time without answers for half a second at most', () => {
    arrive(500);
    now += 60_000;
    for (let n = 0; n < 100; n += 1) backlog.end(arrivals.shift()!);
    now += 500;
    backlog.end(arrivals.shift()!);
    now += 500;
    backlog.end(arrivals.shift()!);
    expect(backlog.refuses(now)).toBe(false);
    now += 1;
    backlog.end(arrivals.shift()!);
    expect(backlog.refuses(now)).toBe(true);
  });

  it('begins anew when nothing waits', () => {
    arrive(450);
    pass(2_500);
    now += 1_000;
    for (const arrivedAt of arrivals.splice(0)) backlog.end(arrivedAt);
    now += 60_000;
    arrive(10_000);
    expect(backlog.refuses(0)).toBe(false);
    // The time in which nothing waited does not count.
    for (const ms of [300, 500, 1]) {
      now += ms;
      backlog.end(arrivals.shift()!);
    }
    expect(backlog.refuses(0)).toBe(false);
  });

  it('refuses nothing where answers may have any age', () => {
    backlog = new Backlog(0, () => now);
    arrive(450);
    pass(2_500);
    expect(backlog.refuses(0)).toBe(false);
  });
});
