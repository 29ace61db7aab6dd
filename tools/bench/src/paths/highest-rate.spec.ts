import { describe, expect, it } from '@jest/globals';
import { highestRate } from './highest-rate.js';
import type { Ground, Load } from './path.js';

const quiet = { report: () => {} };

/** A server that delivers up to 1,000 messages per second in time. */
function ground(beyond: (rate: number) => object): Ground & { loads: Load[] } {
  const loads: Load[] = [];
  return {
    loads,
    at: async (load) => {
      loads.push(load);
      const { rate } = load;
      const fine = { p99Ms: 10, faults: 0, cpuUs: 5, perSecond: rate, inTimePerSecond: rate };
      return rate <= 1_000 ? fine : { ...fine, ...beyond(rate) };
    },
    close: async () => {},
  };
}

describe('the highest rate', () => {
  it.each([
    ['late', { p99Ms: 251 }],
    ['lost', { faults: 1 }],
    ['nobody enters', { p99Ms: undefined, faults: 1 }],
  ])('ends where messages are %s', async (_, bad) => {
    expect(
      await highestRate(
        ground(() => bad),
        4,
        quiet,
      ),
    ).toMatchObject({ rate: 1_000, perSecond: 1_000, cpuUs: 5 });
  });

  it('tries a step once more that fails', async () => {
    const tries = ground(() => ({ faults: 1 }));
    await highestRate(tries, 4, quiet);
    expect(tries.loads.filter(({ rate }) => rate === 1_200)).toHaveLength(2);
  });

  it('tells what arrives in time at twice the rate, for as long as asked', async () => {
    const over = ground(() => ({ p99Ms: 900, inTimePerSecond: 700 }));
    expect(await highestRate(over, 7, quiet)).toMatchObject({ goodput: 0.7 });
    expect(over.loads.at(-1)).toMatchObject({ rate: 2_000, seconds: 7 });
  });

  it('is 0 where nothing holds, without more load', async () => {
    const none: Ground = { at: async () => ({ faults: 1 }), close: async () => {} };
    expect(await highestRate(none, 4, quiet)).toEqual({ rate: 0 });
  });
});
