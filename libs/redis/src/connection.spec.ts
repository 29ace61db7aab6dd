import { describe, expect, it } from '@jest/globals';
import { Cluster, Redis } from 'ioredis';
import { z } from 'zod';
import { connectRedis, namesRedis } from './connection.js';
import { redisSettings } from './settings.js';

const settings = (env: Record<string, string>) => z.object(redisSettings).parse(env);
const client = (env: Record<string, string>) => connectRedis(settings(env), { lazyConnect: true });

describe('connectRedis', () => {
  it.each([
    [
      { REDIS_URL: 'redis://auth:pw@example.org:6380/0' },
      { host: 'example.org', port: 6380, username: 'auth', password: 'pw' },
    ],
    [
      { REDIS_HOST: 'chat-redis', REDIS_ADDRESS: ':6381', REDIS_PASSWORD: 'demo' },
      { host: 'chat-redis', port: 6381, password: 'demo' },
    ],
    [{ REDIS_ADDRESS: 'example.org:6382' }, { host: 'example.org', port: 6382 }],
    [{}, { host: '127.0.0.1', port: 6379 }],
    [
      { REDIS_SENTINELS: 'a:1, b:2', REDIS_SENTINEL_NAME: 'chat', REDIS_PASSWORD: 'pw' },
      {
        sentinels: [
          { host: 'a', port: 1 },
          { host: 'b', port: 2 },
        ],
        name: 'chat',
        password: 'pw',
        failoverDetector: true,
      },
    ],
    [
      { REDIS_SENTINELS: 'a:1', REDIS_SENTINELS_USERNAME: 'client', REDIS_SENTINELS_PASSWORD: 'sp' },
      { sentinelUsername: 'client', sentinelPassword: 'sp' },
    ],
    [
      { REDIS_SENTINELS: 'a:1', REDIS_TLS: 'true' },
      { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true },
    ],
    [
      { REDIS_HOST: 'chat-redis', REDIS_TLS: 'true' },
      { host: 'chat-redis', tls: {} },
    ],
  ])('reads where Redis is from %j', (env, options) => {
    const redis = client(env);
    redis.disconnect();
    expect(redis).toBeInstanceOf(Redis);
    expect(redis.options).toMatchObject(options);
  });

  it('creates a Cluster client with subscribers on every shard', () => {
    const redis = connectRedis(settings({ REDIS_CLUSTER_NODES: '127.0.0.1:1' }));
    redis.on('error', () => undefined); // nothing listens there
    redis.disconnect();
    expect(redis).toBeInstanceOf(Cluster);
    expect(redis.options).toMatchObject({ shardedSubscribers: true, slotsRefreshInterval: 2_000 });
  });
});

describe('namesRedis', () => {
  it('is false when nothing says where Redis is', () => {
    expect(namesRedis(settings({ REDIS_PASSWORD: 'x' }))).toBe(false);
    expect(namesRedis(settings({ REDIS_ADDRESS: ':6379' }))).toBe(true);
  });
});

describe('redisSettings', () => {
  it.each([
    ['REDIS_URL', 'http://x'],
    ['REDIS_SENTINELS', 'a'],
    ['REDIS_CLUSTER_NODES', 'a:1,b'],
    ['REDIS_ADDRESS', '6379'],
    ['REDIS_PREFIX', 'a:b'],
  ])('refuses %s=%s', (name, value) => {
    const result = z.object(redisSettings).safeParse({ [name]: value });
    expect(result.error?.issues.map((issue) => issue.path)).toEqual([[name]]);
  });
});
