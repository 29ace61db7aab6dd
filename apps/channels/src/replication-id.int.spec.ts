import { afterEach, describe, expect, it } from '@jest/globals';
import { testRedis } from '@parley/testing';
import { Redis } from 'ioredis';
import { startEngineWithoutReplicationId } from './fixtures/engine-without-replication-id.js';
import { requireReplicationId } from './replication-id.js';

describe('requireReplicationId', () => {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  const connect = (url: string) => {
    const redis = new Redis(url, { retryStrategy: () => 20 });
    redis.on('error', () => undefined);
    ends.push(() => redis.disconnect());
    return redis;
  };

  it('accepts Redis', async () => {
    await requireReplicationId(connect(testRedis().url));
  });

  it('refuses an engine without one, and says why', async () => {
    const engine = await startEngineWithoutReplicationId();
    ends.push(() => engine.close());
    const redis = connect(`redis://127.0.0.1:${engine.port}`);
    await expect(requireReplicationId(redis)).rejects.toThrow(/no replication id \(master_replid/);
  });
});
