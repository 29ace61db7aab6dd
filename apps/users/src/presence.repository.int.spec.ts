import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { eventually, type OwnRedis, startRedis, testRedis } from '@parley/testing';
import { Redis } from 'ioredis';
import { connectionOf, person } from './fixtures/people.js';
import { describePresence } from './fixtures/presence.suite.js';
import { PresenceRepository } from './presence.repository.js';
import { UsersKeys } from './redis/keys.js';

const { prefix, connect } = testRedis();
const redis = connect();
afterAll(() => redis.quit());

const times = { leaseMs: 60_000, claimMs: 60_000 };

describePresence('PresenceRepository', () => {
  const keys = new UsersKeys(`${prefix}-${randomUUID()}`);
  return {
    presence: new PresenceRepository(redis, keys, times),
    expire: async (gatewayId) => void (await redis.zadd(keys.presence.leases(), 0, gatewayId)),
    expireClaim: async (gatewayId) => void (await redis.zadd(keys.presence.endings(), 0, gatewayId)),
    batch: 500,
  };
});

describe('PresenceRepository', () => {
  const underTest = (leaseMs: number) => {
    const keys = new UsersKeys(`${prefix}-${randomUUID()}`);
    return { keys, presence: new PresenceRepository(redis, keys, { ...times, leaseMs }) };
  };

  it('lets a lease expire by the clock of Redis', async () => {
    const { presence } = underTest(50);
    await presence.renewLease('g1');
    await eventually(async () => expect(await presence.findEnded()).toEqual(['g1']));
    expect(await presence.beginEnding('g1', 'expired')).toBe(true);
  });

  it('leaves no key', async () => {
    const { keys, presence } = underTest(60_000);
    const one = connectionOf(person(), 'g1');
    await presence.renewLease('g1');
    await presence.connect(one);
    await presence.beginEnding('g1', 'given up');
    const { departed } = await presence.endConnections('g1');
    await presence.forgetDeparted('g1', departed);
    await presence.finishEnding('g1');
    const { online, leases, renewed, endings, gateway, ending, departed: untold } = keys.presence;
    const all = [online(), leases(), renewed(), endings(), gateway('g1'), ending('g1'), untold('g1')];
    expect(await redis.exists(...all)).toBe(0);
  });
});

describe('PresenceRepository on a full Redis', () => {
  let own: OwnRedis | undefined;
  let client: Redis | undefined;
  afterEach(async () => {
    client?.disconnect();
    await own?.remove();
  });

  it('refuses users who connect, and still lets users disconnect', async () => {
    own = await startRedis();
    client = new Redis(own.url);
    const presence = new PresenceRepository(client, new UsersKeys('full'), times);
    const [ada, grace] = [person(), person()];
    await presence.renewLease('g1');
    await presence.connect(connectionOf(ada, 'g1', 'a'));
    await presence.connect(connectionOf(ada, 'g1', 'b'));
    await client.config('SET', 'maxmemory', '1');
    await expect(presence.connect(connectionOf(grace, 'g1'))).rejects.toThrow('OOM');
    expect(await presence.disconnect(connectionOf(ada, 'g1', 'a'))).toBe(false);
    expect(await presence.disconnect(connectionOf(ada, 'g1', 'b'))).toBe(true);
    expect(await presence.online([ada.UUID, grace.UUID])).toEqual([false, false]);
  });
});
