import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { CommandWatch } from './command-watch.js';
import { testRedis } from './test-redis.js';

describe('CommandWatch', () => {
  let redis: Redis;
  let watch: CommandWatch;
  const { url, connect, prefix } = testRedis();
  beforeEach(async () => {
    redis = connect();
    await redis.ping();
    watch = await CommandWatch.start(url);
  });
  afterEach(() => {
    watch.stop();
    redis.disconnect();
  });

  /** What it has seen of this file. */
  const own = async () => {
    const commands = await watch.seen();
    return commands.filter(({ args }) => args.some((arg) => arg.startsWith(prefix)));
  };

  it('sees each command from the first on, whole and in order, and those of scripts after their script', async () => {
    const value = `é "\\ \0 ${'x'.repeat(100_000)}`;
    await redis.set(`${prefix}:a`, value);
    await redis.eval("redis.call('GET', KEYS[1])", 1, `${prefix}:b`);
    expect(await own()).toEqual([
      { name: 'set', args: [`${prefix}:a`, value], isOfScript: false },
      { name: 'eval', args: ["redis.call('GET', KEYS[1])", '1', `${prefix}:b`], isOfScript: false },
      { name: 'get', args: [`${prefix}:b`], isOfScript: true },
    ]);
    await redis.del(`${prefix}:a`);
  });

  it('forgets what it has seen', async () => {
    await redis.get(`${prefix}:a`);
    await own();
    watch.forget();
    expect(await own()).toEqual([]);
  });

  it('says so when it can see nothing more', async () => {
    watch.stop();
    await expect(watch.seen()).rejects.toThrow('the watch has ended');
  });
});
