import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Dialect } from '../dialect.js';
import { Clock } from '../measuring/clock.js';
import { Counters } from '../measuring/counters.js';
import type { Line } from '../wire/line.js';
import { Returning } from './returning.js';
import type { Sending } from './sending.js';

describe('the return of connections', () => {
  let counters: Counters;
  let returning: Returning;
  let entered: string[];
  const sending = { hold: () => {}, release: () => 3 } as unknown as Sending;

  const start = (resume: boolean) => {
    [counters, entered] = [new Counters(1), []];
    const dialect = {
      enter: async () => void entered.push('enter'),
      reenter: async () => void entered.push('reenter'),
    } as unknown as Dialect;
    returning = new Returning({ dialect, counters, clock: new Clock(), sending, resume });
  };
  beforeEach(() => start(true));
  afterEach(() => {
    returning.end();
    jest.useRealTimers();
  });

  /** A line whose next `failures` attempts to open fail. */
  const lineOf = (failures = 0) => {
    let left = failures;
    const open = async () => {
      left -= 1;
      if (left >= 0) throw new Error('refused');
    };
    return { open, cut: () => {}, seat: {} } as unknown as Line;
  };
  const told = () => counters.take(0, 0, 0);

  it('enters once, and continues from then on', async () => {
    const line = lineOf();
    await returning.bringIn(line);
    await returning.bringBack(line, 0);
    expect(entered).toEqual(['enter', 'reenter']);
    expect(told()).toMatchObject({ returned: 1, resent: 3 });
  });

  it('tries again while the server refuses, on the way in too', async () => {
    await returning.bringIn(lineOf(1));
    expect(entered).toEqual(['enter']);
    expect(told()).toMatchObject({ retried: { 'coming back: refused': 1 }, refused: {}, lost: {} });
  });

  it('counts a connection as lost that ends without resume, or after the end', async () => {
    returning.end();
    returning.lose(lineOf(), 'cut');
    expect(told()).toMatchObject({ lost: { cut: 1 }, interrupted: {} });
    start(false);
    returning.lose(lineOf(), 'cut');
    expect(told()).toMatchObject({ lost: { cut: 1 }, interrupted: {} });
    await expect(returning.bringIn(lineOf(1))).rejects.toThrow('refused');
  });

  it('gives up a line on which nothing arrives for 35 s, and no other', () => {
    jest.useFakeTimers();
    const fallen: string[] = [];
    const silentFrom = (name: string, from: number) => {
      let looks = 0;
      const tookSilence = () => ++looks > from;
      return { tookSilence, fall: () => fallen.push(name) } as unknown as Line;
    };
    returning.watchOver([silentFrom('dead', 0), silentFrom('alive', 1)]);
    jest.advanceTimersByTime(34_000);
    expect(fallen).toEqual([]);
    jest.advanceTimersByTime(1_000);
    expect(fallen).toEqual(['dead']);
  });
});
