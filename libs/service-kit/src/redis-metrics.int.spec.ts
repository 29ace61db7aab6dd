import { afterEach, describe, expect, it } from '@jest/globals';
import { connectRedis, type RedisConnection, type RedisSettings } from '@parley/redis';
import { eventually, startRedis } from '@parley/testing';
import { register } from 'prom-client';
import { observeRedis } from './redis-metrics.js';

const patience = { timeoutMs: 20_000 };

/** The value of each metric without a label, by name. */
async function scrape(): Promise<Record<string, number | undefined>> {
  const metrics = await register.getMetricsAsJSON();
  return Object.fromEntries(metrics.map(({ name, values }) => [name, values[0]?.value]));
}

describe('the metrics of Redis', () => {
  const cleanUps: (() => unknown)[] = [];
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  });

  const redisWith = async (...args: string[]) => {
    const redis = await startRedis({ args });
    cleanUps.push(redis.remove);
    return redis;
  };

  const observed = (url: string): RedisConnection => {
    const client = connectRedis({ REDIS_URL: url } as RedisSettings);
    cleanUps.push(() => client.disconnect());
    observeRedis(client);
    return client;
  };

  it('show a replica that is there, falls silent, and goes', async () => {
    const limits = ['--min-replicas-to-write', '1', '--min-replicas-max-lag', '1'];
    const master = await redisWith('--appendonly', 'yes', '--repl-diskless-sync-delay', '0', ...limits);
    const replica = await redisWith('--replicaof', '127.0.0.1', String(master.port));
    observed(master.url);
    const inStep = { redis_aof_enabled: 1, redis_replicas: 1, redis_good_replicas: 1 };
    await eventually(async () => expect(await scrape()).toMatchObject(inStep), patience);
    replica.signal('SIGSTOP');
    const silent = { redis_replicas: 1, redis_good_replicas: 0 };
    await eventually(async () => expect(await scrape()).toMatchObject(silent), patience);
    await replica.kill();
    const gone = { redis_replicas: 0, redis_good_replicas: 0, redis_replica_lag_bytes: 0 };
    await eventually(async () => expect(await scrape()).toMatchObject(gone), patience);
  }, 60_000);

  it('leave out what a Redis that hangs does not say, and give the rest', async () => {
    const redis = await redisWith();
    observed(redis.url);
    const known = { redis_replicas: 0, redis_aof_enabled: 0, redis_good_replicas: undefined };
    await eventually(async () => expect(await scrape()).toMatchObject(known), patience);
    redis.signal('SIGSTOP');
    const { redis_round_trip_seconds: seconds, redis_replicas: replicas } = await scrape();
    expect({ seconds, replicas }).toEqual({ seconds: undefined, replicas: undefined });
  }, 60_000);
});
