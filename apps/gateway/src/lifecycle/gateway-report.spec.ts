import { describe, expect, it } from '@jest/globals';
import { inboxId, STATUS_CHANNELS } from '@parley/contracts';
import { largestOf, ratesBetween } from './gateway-report.js';

const before = { at: 1_000, posted: 10, delivered: 100, lagSeconds: 1, lagSamples: 4 };

describe('the report of a gateway', () => {
  it('has rates, and the mean lag of the time since the last one', () => {
    const now = { at: 6_000, posted: 20, delivered: 600, lagSeconds: 1.01, lagSamples: 9 };
    expect(ratesBetween(before, now)).toEqual({
      postedPerSecond: 2,
      deliveredPerSecond: 100,
      fanOutLagMs: 2,
    });
  });

  it('has no lag where nothing was sampled, and no rate at first', () => {
    expect(ratesBetween(before, before)).toEqual({ postedPerSecond: 0, deliveredPerSecond: 0 });
  });

  it('names the largest channels, and no inbox', () => {
    const sizes = [...Array(STATUS_CHANNELS + 5).keys()].map((n) => (n * 7) % (STATUS_CHANNELS + 5));
    const logs = sizes.map((size) => ({ id: `channel-${size}`, members: { size } }));
    const found = largestOf([{ id: inboxId('u'), members: { size: 1_000 } }, ...logs]);
    expect(found.map(({ connections }) => connections)).toEqual(
      [...Array(STATUS_CHANNELS).keys()].map((n) => STATUS_CHANNELS + 4 - n),
    );
  });
});
