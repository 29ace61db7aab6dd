import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { eventually } from '@parley/testing';
import { fixedLoad } from '../pacing/fixtures/fixed-load.js';
import { Pace } from './pace.js';

/** A sender that counts how often it was flushed. */
class Counting {
  flushes = 0;

  flush(): void {
    this.flushes += 1;
  }
}

describe('Pace', () => {
  it('flushes each sender once when the turn ends, and again in the next', async () => {
    const [pace, one, other] = [new Pace(), new Counting(), new Counting()];
    pace.add(one);
    pace.add(other);
    expect([one.flushes, other.flushes]).toEqual([0, 0]);
    await nextTurn();
    expect([one.flushes, other.flushes]).toEqual([1, 1]);
    pace.add(one);
    await nextTurn();
    expect([one.flushes, other.flushes]).toEqual([2, 1]);
  });

  it('makes only the resting sender wait, and no other', async () => {
    const [pace, resting, other] = [new Pace(), new Counting(), new Counting()];
    const began = performance.now();
    pace.add(resting, 20);
    pace.add(other);
    await nextTurn();
    expect([resting.flushes, other.flushes]).toEqual([0, 1]);
    await eventually(() => expect(resting.flushes).toBe(1));
    expect(performance.now() - began).toBeGreaterThanOrEqual(19);
  });

  it('sets a rest of as much of eight times the writes, up to 75 ms, as the load demands', () => {
    const restsUnder = (share: number) => {
      const pace = new Pace(0, fixedLoad(share));
      return [0.1, 2, 10, 1_000].map((ms) => pace.restAfter(ms));
    };
    expect(restsUnder(1)).toEqual([0.8, 16, 75, 75]);
    expect(restsUnder(0.5)).toEqual([0.4, 8, 37.5, 37.5]);
    expect(restsUnder(0)).toEqual([0, 0, 0, 0]);
  });

  it('credits the load with the writes that the frames of further turns would have had', () => {
    const spared: number[] = [];
    const pace = new Pace(0, { wait: () => 0, spared: (ms) => spared.push(ms) });
    pace.restAfter(4, 1);
    pace.restAfter(4, 3);
    expect(spared).toEqual([8]);
  });

  it('numbers the turns of the event loop', async () => {
    const pace = new Pace();
    const [first, same] = [pace.turn(), pace.turn()];
    await nextTurn();
    expect([same - first, pace.turn() - first]).toEqual([0, 1]);
  });

  it('collects for a tick if one is set', async () => {
    const [pace, one, other] = [new Pace(30), new Counting(), new Counting()];
    const began = performance.now();
    pace.add(one);
    await nextTurn();
    pace.add(other);
    expect([one.flushes, other.flushes]).toEqual([0, 0]);
    await eventually(() => expect([one.flushes, other.flushes]).toEqual([1, 1]));
    // Timers are exact to a millisecond.
    expect(performance.now() - began).toBeGreaterThanOrEqual(29);
  });
});
