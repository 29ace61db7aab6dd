import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { STATUS_KEPT_MS, STATUS_STALE_MS, type StatusRecord, statusKey } from '@parley/contracts';
import { connectRedis, type RedisConnection, type RedisSettings } from '@parley/redis';
import { type OwnRedis, startRedis } from '@parley/testing';
import { createLogger } from '../logger.js';
import { StatusBoard } from './status-board.js';
import { StatusReports } from './status-reports.js';

describe('the reports of replicas, on real Redis', () => {
  let server: OwnRedis;
  let redis: RedisConnection;
  let now: number;
  const prefix = 'chat';
  const logger = createLogger('test', 'fatal');
  const served = { metrics: () => ({ setAside: 2, queueDepth: 3 }) };
  const reporter = (service: string, failing: string[] = []) =>
    new StatusReports(
      redis,
      { service, prefix, servers: [served, served], readiness: { failing: async () => failing } },
      logger,
    );

  beforeAll(async () => {
    server = await startRedis();
    redis = connectRedis({ REDIS_URL: server.url } as RedisSettings);
    now = Number((await redis.time())[0]) * 1_000;
  });
  afterAll(async () => {
    redis?.disconnect();
    await server?.remove();
  });

  const read = () => new StatusBoard(redis, prefix).read();
  /** A report that a replica wrote so long ago. */
  const leave = (service: string, id: string, ageMs: number) => {
    const record: Partial<StatusRecord> = { at: now - ageMs, service, id, startedAt: 0 };
    return redis.hset(statusKey(prefix, service), id, JSON.stringify(record));
  };

  it('are there as long as the replica runs, with the sums of its servers', async () => {
    const [one, other] = [reporter('auth'), reporter('auth', ['redis'])];
    await Promise.all([one.start(), other.start()]);
    const records = await read();
    expect(records).toHaveLength(2);
    expect(records[0]).toMatchObject({ service: 'auth', setAside: 4, queueDepth: 6 });
    expect(records.map(({ failing }) => failing)).toEqual(expect.arrayContaining([[], ['redis']]));
    expect(await redis.pttl(statusKey(prefix, 'auth'))).toBeGreaterThan(0);
    await one.end();
    expect(await read()).toHaveLength(1);
    await other.end();
    expect(await read()).toEqual([]);
  });

  it('have the figures of a gateway', async () => {
    const gateway = reporter('gateway');
    const figures = { connections: 1, channels: [{ channelUUID: 'c', connections: 1 }] } as never;
    gateway.addFigures(async () => figures);
    await gateway.start();
    expect(await read()).toMatchObject([{ service: 'gateway', gateway: figures }]);
    await gateway.end();
  });

  it('count no more when they are stale, and are removed when they are old, whatever they hold', async () => {
    await leave('users', 'fresh', 0);
    await leave('users', 'stale', STATUS_STALE_MS + 5_000);
    await leave('users', 'old', STATUS_KEPT_MS + 5_000);
    await redis.hset(statusKey(prefix, 'users'), 'other', 'no JSON');
    expect((await read()).map(({ id }) => id)).toEqual(['fresh']);
    expect((await redis.hkeys(statusKey(prefix, 'users'))).sort()).toEqual(['fresh', 'stale']);
  });
});
