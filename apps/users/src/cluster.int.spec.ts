import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll } from '@jest/globals';
import { type OwnCluster, startCluster } from '@parley/testing';
import type { Cluster } from 'ioredis';
import { DirectoryRepository } from './directory.repository.js';
import { describeDirectory } from './fixtures/directory.suite.js';
import { describePresence } from './fixtures/presence.suite.js';
import { PresenceRepository } from './presence.repository.js';
import { UsersKeys } from './redis/keys.js';

let own: OwnCluster;
let redis: Cluster;
beforeAll(async () => {
  own = await startCluster();
  redis = own.connect();
}, 30_000);
afterAll(async () => {
  redis?.disconnect();
  await own?.remove();
});

describeDirectory(
  'DirectoryRepository on a Cluster',
  () => new DirectoryRepository(redis, new UsersKeys(randomUUID())),
);

describePresence('PresenceRepository on a Cluster', () => {
  const keys = new UsersKeys(randomUUID());
  return {
    presence: new PresenceRepository(redis, keys, { leaseMs: 60_000, claimMs: 60_000 }),
    expire: async (gatewayId) => void (await redis.zadd(keys.presence.leases(), 0, gatewayId)),
    expireClaim: async (gatewayId) => void (await redis.zadd(keys.presence.endings(), 0, gatewayId)),
    batch: 500,
  };
});
