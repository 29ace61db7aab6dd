import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { Load, WAITS_FROM, WAITS_FULLY_FROM } from './load.js';

/** A load whose process and clock are made up. */
function simulated() {
  let [nowMs, busyMs] = [0, 0];
  const load = new Load({ now: () => nowMs, busyMs: () => busyMs });
  /** Lets time pass in which the process is busy for this share. @returns the waits of at most 1 ms that were asked for. */
  const pass = (ms: number, busy: number | (() => number), stepMs = 20): number[] => {
    const waits: number[] = [];
    for (const end = nowMs + ms; nowMs < end; ) {
      nowMs += stepMs;
      busyMs += stepMs * (typeof busy === 'number' ? busy : busy());
      waits.push(load.wait(1));
    }
    return waits;
  };
  return { load, pass };
}

/** How far the highest is above the lowest. */
const spread = (values: readonly number[]) => Math.max(...values) - Math.min(...values);

describe('Load', () => {
  it('makes nothing wait below half of a core', () => {
    const { pass } = simulated();
    for (const busy of [0, 0.2, 0.45, WAITS_FROM]) expect(Math.max(...pass(10_000, busy))).toBe(0);
  });

  it('makes things wait longer the busier the process is, up to their longest wait', () => {
    const { load, pass } = simulated();
    const settled = [0.5, 0.55, 0.58, 0.6, 0.7, 1].map((busy) => pass(10_000, busy).at(-1)!);
    expect(settled).toEqual(settled.toSorted((a, b) => a - b));
    expect(new Set(settled.slice(0, 4)).size).toBe(4);
    expect(settled[0]).toBe(0);
    expect(load.wait(75)).toBe(75);
  });

  it('changes waits gradually', () => {
    const { pass } = simulated();
    pass(10_000, 0);
    const rising = pass(10_000, 0.7);
    const steps = rising.slice(1).map((wait, at) => wait - rising[at]!);
    expect(rising.at(-1)).toBe(1);
    expect(Math.max(...steps)).toBeLessThan(0.3);
  });

  it('lets a short burst pass', () => {
    const { pass } = simulated();
    pass(10_000, 0.2);
    expect(Math.max(...pass(300, 1), ...pass(2_000, 0.2))).toBe(0);
  });

  it('makes nothing wait after a pause in which nothing was asked', () => {
    const { pass } = simulated();
    pass(10_000, 1);
    expect(pass(10_000, 0, 10_000)).toEqual([0]);
  });

  it('keeps waits as they are while the load wavers', () => {
    const { load, pass } = simulated();
    pass(10_000, 0.56);
    let isHigh = false;
    const waits = pass(
      10_000,
      () => {
        isHigh = !isHigh;
        return isHigh ? 0.56 : 0.58;
      },
      500,
    );
    expect(spread(waits.slice(4))).toBeLessThan(0.02);
    expect(load.wait(1)).toBeGreaterThan(0);
  });

  /** A crowd whose writes would take this share of the process, and which a wait of 1 gathers ninefold. */
  const crowd = (load: Load, writes: number, others: number) => () => {
    const gathered = 1 + 8 * load.wait(1);
    const tookMs = (20 * writes) / gathered;
    load.spared((gathered - 1) * tookMs);
    return others + writes / gathered;
  };

  it.each([
    [0.3, 0.1],
    [0.6, 0.1],
    [0.8, 0.1],
    [1.5, 0.1],
  ])(
    'settles although waiting makes the process less busy: %f of writes, %f of other work',
    (writes, others) => {
      const { load, pass } = simulated();
      pass(20_000, crowd(load, writes, others));
      expect(spread(pass(20_000, crowd(load, writes, others)))).toBeLessThan(0.02);
    },
  );

  it('settles when the spared work is not known', () => {
    const { load, pass } = simulated();
    const gathering = () => 0.9 - 0.6 * load.wait(1);
    pass(20_000, gathering);
    expect(spread(pass(20_000, gathering))).toBeLessThan(0.02);
    expect(load.now()).toBeGreaterThan(WAITS_FROM);
    expect(load.now()).toBeLessThan(WAITS_FULLY_FROM);
  });

  it("follows this process's event loop", async () => {
    const load = new Load();
    const blockFor = (ms: number) => {
      for (const end = performance.now() + ms; performance.now() < end; );
    };
    for (let n = 0; n < 20 && load.wait(1) === 0; n += 1) blockFor(110);
    expect(load.wait(1)).toBeGreaterThan(0);
    const busy = load.now();
    await pause(300);
    expect(load.now()).toBeLessThan(busy);
  });
});
