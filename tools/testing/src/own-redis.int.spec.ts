import { afterAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { eventually } from './eventually.js';
import { startRedis } from './own-redis.js';
import { startCluster } from './redis-cluster.js';
import { startSentinel } from './redis-sentinel.js';
import { testRedis } from './test-redis.js';

describe('Redis for tests', () => {
  const cleanUps: (() => unknown)[] = [];
  afterAll(async () => {
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
  });

  it('shares one server and gives each caller a prefix of its own', async () => {
    const [one, other] = [testRedis(), testRedis()];
    const client = one.connect();
    cleanUps.push(() => client.quit());
    expect(await client.ping()).toBe('PONG');
    expect(one.prefix).not.toBe(other.prefix);
  });

  it('keeps the data of an own server over a kill and a restart on the same port', async () => {
    const redis = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
    const client = new Redis(redis.url);
    client.on('error', () => {}); // deliberately unreachable for a moment
    cleanUps.push(redis.remove, () => client.disconnect());
    const before = redis.pid;
    await client.set('key', 'kept');
    await redis.kill();
    await redis.restart();
    expect(redis.pid).not.toBe(before);
    expect(await client.get('key')).toBe('kept');
  });

  it('starts a Cluster whose nodes share the slots', async () => {
    const cluster = await startCluster();
    const client = cluster.connect();
    cleanUps.push(cluster.remove, () => client.disconnect());
    const keys = Array.from({ length: 20 }, (_, index) => `key-${index}`);
    await Promise.all(keys.map((key) => client.set(key, key)));
    expect(await Promise.all(keys.map((key) => client.get(key)))).toEqual(keys);
    expect(client.nodes('master')).toHaveLength(3);
  }, 30_000);

  it('starts a Cluster in which a replica takes the place of its master', async () => {
    const cluster = await startCluster({ replicas: true });
    const client = cluster.connect();
    client.on('error', () => {}); // as above
    cleanUps.push(cluster.remove, () => client.disconnect());
    expect(cluster.replicas).toHaveLength(3);
    await client.set('key-0', 'before'); // slot 4292: of the first master
    const replica = new Redis(cluster.replicas[0]!.url);
    cleanUps.push(() => replica.disconnect());
    await eventually(async () => (await replica.dbsize()) === 1);
    await cluster.nodes[0]!.kill();
    expect(await eventually(() => client.get('key-0'), { timeoutMs: 20_000 })).toBe('before');
    expect(await replica.role()).toContain('master');
  }, 60_000);

  it('starts a Sentinel that makes the replica the master when the master dies', async () => {
    const set = await startSentinel();
    const client = set.connect({ maxRetriesPerRequest: null });
    client.on('error', () => {}); // as above
    cleanUps.push(set.remove, () => client.disconnect());
    await client.set('key', 'before');
    await client.wait(1, 5_000);
    await set.master.kill();
    expect(await eventually(() => client.get('key'), { timeoutMs: 20_000 })).toBe('before');
    expect(client.stream.remotePort).toBe(set.replica.port);
  }, 40_000);
});
