import { expect, it } from '@jest/globals';
import { connectRedis, type RedisSettings } from '@parley/redis';
import { eventually, startRedis } from '@parley/testing';
import { register } from 'prom-client';
import { observeRedis } from './redis-metrics.js';

/** How long the append-only file may get. */
const KIBIBYTES = 256;

async function failed(step: string): Promise<number | undefined> {
  const { values } = await register.getSingleMetric('redis_persistence_failed')!.get();
  return values.find(({ labels }) => (labels as { step?: string }).step === step)?.value;
}

it('the metrics of Redis show that its disk is full', async () => {
  const redis = await startRedis({ args: ['--appendonly', 'yes'], fileKibibytes: KIBIBYTES });
  const client = connectRedis({ REDIS_URL: redis.url } as RedisSettings);
  try {
    observeRedis(client);
    await eventually(async () => expect(await failed('write')).toBe(0), { timeoutMs: 20_000 });
    await client.set('large', 'x'.repeat(2 * KIBIBYTES * 1024));
    await eventually(async () => expect(await failed('write')).toBe(1), { timeoutMs: 20_000 });
    await expect(client.set('more', 'x')).rejects.toThrow('MISCONF');
  } finally {
    client.disconnect();
    await redis.remove();
  }
}, 60_000);
