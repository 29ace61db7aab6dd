import { randomBytes } from 'node:crypto';
import { Redis, type RedisOptions } from 'ioredis';

/** The Redis that the tests of one run share. */
export interface TestRedis {
  readonly url: string;
  /**
   * A random prefix for the keys and channels of one test file. Files share one Redis at the same time. They never
   * flush it, and never cut connections that are not their own: a subscriber loses with its connection what was on the way.
   */
  readonly prefix: string;
  /** A new client. The caller closes it. */
  connect(options?: RedisOptions): Redis;
}

/** The Redis of this test run (TEST_REDIS_URL, set by Jest's globalSetup), with a prefix of the caller's own. */
export function testRedis(): TestRedis {
  const url = process.env.TEST_REDIS_URL;
  if (!url) throw new Error("TEST_REDIS_URL is not set: Jest's globalSetup does that");
  const prefix = `test-${randomBytes(6).toString('hex')}`;
  return { url, prefix, connect: (options = {}) => new Redis(url, options) };
}
