import { beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger } from '@parley/service-kit';
import { COUNTED_EVERY_MS, Reach } from './reach.js';

const logger = createLogger('test', 'silent');

describe('Reach', () => {
  let online: number;
  let counts: number;
  beforeEach(() => {
    [online, counts] = [0, 0];
  });
  const presence = {
    countOnline: async () => {
      counts += 1;
      if (Number.isNaN(online)) throw new Error('no Redis');
      return online;
    },
  };

  it.each([
    [0, 'everyone'],
    [80, 'everyone'],
    [81, 'both'],
    [100, 'both'],
    [101, 'watchers'],
  ])('with %d users online of 100 reaches %s', async (users, reach) => {
    online = users;
    expect(await new Reach(presence, 100, logger).now()).toBe(reach);
  });

  it('never reaches everyone at 0, and counts nobody for it', async () => {
    expect(await new Reach(presence, 0, logger).now()).toBe('watchers');
    expect(counts).toBe(0);
  });

  it('counts once in a while, however often it is asked', async () => {
    const reach = new Reach(presence, 100, logger);
    await reach.now(0);
    online = 1_000;
    expect(await reach.now(COUNTED_EVERY_MS - 1)).toBe('everyone');
    expect(await reach.now(COUNTED_EVERY_MS)).toBe('watchers');
    expect(counts).toBe(2);
  });

  it('stays as it was when nobody can count', async () => {
    const reach = new Reach(presence, 100, logger);
    online = 1_000;
    await reach.now(0);
    online = Number.NaN;
    expect(await reach.now(COUNTED_EVERY_MS)).toBe('watchers');
  });
});
