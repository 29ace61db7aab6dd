import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { checkSubscriberRoom, SUBSCRIBER_BYTES } from '@parley/redis';
import { type OwnRedis, startRedis } from '@parley/testing';
import { Redis } from 'ioredis';
import { readSettings, serviceSettings } from './settings.js';

describe('checkSubscriberRoom', () => {
  let own: OwnRedis;
  let admin: Redis;
  beforeAll(async () => {
    own = await startRedis();
    admin = new Redis(own.url);
  });
  afterAll(async () => {
    admin.disconnect();
    await own.remove();
  });

  const limit = (bytes: number) => admin.config('SET', 'client-output-buffer-limit', `pubsub ${bytes} 0 0`);
  const check = (env: Record<string, string> = { REDIS_URL: own.url }) =>
    checkSubscriberRoom(readSettings(serviceSettings, env), 'room');

  it('accepts the default of Redis, and no limit', async () => {
    await check();
    await limit(0);
    await check();
  });

  it('refuses a limit that Redis closes subscribers at, and says what to raise', async () => {
    await limit(SUBSCRIBER_BYTES - 1);
    await expect(check()).rejects.toThrow(/client-output-buffer-limit pubsub/);
    await limit(SUBSCRIBER_BYTES * 2);
    await check();
  });

  it('checks nothing for a user who may not publish', async () => {
    await limit(65_536);
    await admin.call('ACL', 'SETUSER', 'quiet', 'on', 'nopass', 'allchannels', '+@all', '-publish');
    await check({ REDIS_URL: own.url.replace('redis://', 'redis://quiet:x@') });
  });
});
