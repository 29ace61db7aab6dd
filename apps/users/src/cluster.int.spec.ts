import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type OwnCluster, startCluster } from '@parley/testing';
import type { Cluster } from 'ioredis';
import { DirectoryCopies } from './directory/directory-copies.js';
import { directoryUsing, MANY, NEWLY_MANY, ONE, SOON_MANY } from './fixtures/directories.js';
import { describeDirectory } from './fixtures/directory.suite.js';
import { registeredEarlier } from './fixtures/earlier-names.js';
import { connectionOf, person } from './fixtures/people.js';
import { describePresence } from './fixtures/presence.suite.js';
import { PresenceRepository } from './presence.repository.js';
import { PresenceSlots } from './presence-slots.js';
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

describe.each([ONE, SOON_MANY, NEWLY_MANY, MANY])('on a Cluster, using %j', (inUse) => {
  describeDirectory('DirectorySlots', () => directoryUsing(redis, new UsersKeys(randomUUID()), inUse));
});

it('DirectorySlots on a Cluster notes names of the release before', async () => {
  const keys = new UsersKeys(randomUUID());
  const directory = directoryUsing(redis, keys, ONE);
  for (const name of ['Ada', 'Grace']) await registeredEarlier(redis, keys, name);
  expect([await directory.indexAlikes(1), await directory.indexAlikes(1)]).toEqual([1, 1]);
  expect(await directory.indexAlikes(1)).toBe(0);
  for (const name of ['Аda', 'Grаce'])
    await expect(directory.claim(person(name))).rejects.toMatchObject({ name: 'USERNAME_TAKEN' });
});

describePresence('PresenceRepository on a Cluster', () => {
  const keys = new UsersKeys(randomUUID());
  return {
    presence: new PresenceRepository(redis, keys, { leaseMs: 60_000, claimMs: 60_000 }),
    expire: async (gatewayId) => void (await redis.zadd(keys.presence.leases(), 0, gatewayId)),
    expireClaim: async (gatewayId) => void (await redis.zadd(keys.presence.endings(), 0, gatewayId)),
    batch: 500,
  };
});

it('PresenceSlots on a Cluster know who is online, whatever master has the slot', async () => {
  const times = { leaseMs: 60_000, claimMs: 60_000 };
  const choice = { now: async () => MANY };
  const presence = new PresenceSlots(redis, new UsersKeys(randomUUID()), times, choice);
  const connections = Array.from({ length: 100 }, () => connectionOf(person(), 'g1'));
  const UUIDs = connections.map(({ user }) => user.UUID);
  await presence.renewLease('g1');
  await Promise.all(connections.map((each) => presence.connect(each)));
  expect(await presence.countOnline()).toBe(100);
  expect(new Set(await presence.online(UUIDs))).toEqual(new Set([true]));
  await Promise.all(connections.map((each) => presence.disconnect(each)));
  expect(new Set(await presence.online(UUIDs))).toEqual(new Set([false]));
});

it('DirectorySlots on a Cluster read 10,000 users from every master', async () => {
  const keys = new UsersKeys(randomUUID());
  const users = Array.from({ length: 10_000 }, () => person());
  await new DirectoryCopies(redis, keys).add(users, 0);
  const reads = () =>
    Promise.all(
      redis.nodes('master').map(async (master) => {
        const stats = await master.info('commandstats');
        return Number(/cmdstat_hmget:calls=(\d+)/.exec(stats)?.[1] ?? 0);
      }),
    );
  const before = await reads();
  const many = directoryUsing(redis, keys, MANY);
  for (const user of users.slice(0, 1_000)) expect(await many.find([user.UUID])).toEqual([user]);
  const calls = (await reads()).map((count, master) => count - before[master]!);
  expect(calls.reduce((sum, count) => sum + count, 0)).toBe(1_000);
  // A third of the slots each, more or less: 64 lie as their names say.
  expect(Math.max(...calls)).toBeLessThan(500);
});
