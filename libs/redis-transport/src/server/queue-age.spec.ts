import { describe, expect, it } from '@jest/globals';
import { QueueAge } from './queue-age.js';

/** A queue that may be 200 ms old for long, and clocks that the test sets. */
function setUp(mostMs = 200) {
  let now = 0;
  const age = new QueueAge({ mostMs, redisNow: () => 1_000_000 + now, now: () => now });
  return {
    empty: () => age.empty(),
    /** Begins a request of this age, this long after the one before. */
    begin: (ageMs: number, afterMs = 100) => {
      now += afterMs;
      return age.note(1_000_000 + now - ageMs);
    },
  };
}

type Queue = ReturnType<typeof setUp>;
const beginFor = (queue: Queue, ms: number, ageMs: number) =>
  Array.from({ length: ms / 100 }, () => queue.begin(ageMs));

describe('QueueAge', () => {
  it('refuses what is over twice the age, once every request was too old for more than 2 s', () => {
    const queue = setUp();
    expect(beginFor(queue, 2_100, 500).every((refused) => refused === undefined)).toBe(true);
    expect(queue.begin(500)).toBe(500);
    expect(queue.begin(401)).toBe(401);
    expect(queue.begin(400)).toBeUndefined();
    expect(queue.begin(450)).toBe(450);
  });

  it('starts over when one request begins young', () => {
    const queue = setUp();
    beginFor(queue, 3_000, 500);
    expect(queue.begin(200)).toBeUndefined();
    expect(beginFor(queue, 2_100, 5_000).every((refused) => refused === undefined)).toBe(true);
    expect(queue.begin(5_000)).toBe(5_000);
  });

  it('starts over when nothing waits', () => {
    const queue = setUp();
    beginFor(queue, 3_000, 500);
    queue.empty();
    expect(queue.begin(5_000)).toBeUndefined();
  });

  it('does not count the time for which nothing began, as while Redis was away', () => {
    const queue = setUp();
    queue.begin(300);
    queue.begin(10_000, 60_000);
    expect(queue.begin(10_000, 1)).toBeUndefined();
    // Slow handlers are a standing queue in the end.
    for (let n = 0; n < 2; n++) expect(queue.begin(10_000, 3_000)).toBeUndefined();
    expect(queue.begin(10_000, 3_000)).toBe(10_000);
  });

  it('refuses nothing while Redis’s clock is unknown, or behind the ids', () => {
    const queue = setUp();
    expect(beginFor(queue, 5_000, -1_000_000).every((refused) => refused === undefined)).toBe(true);
  });

  it('refuses nothing at 0', () => {
    const queue = setUp(0);
    expect(beginFor(queue, 5_000, 60_000).every((refused) => refused === undefined)).toBe(true);
  });
});
