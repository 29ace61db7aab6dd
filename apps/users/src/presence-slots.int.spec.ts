import { randomUUID } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { GATEWAY_ENDED, USERS_WENT_OFFLINE, type UsersWentOffline } from '@parley/contracts';
import { testRedis } from '@parley/testing';
import { MANY, NEWLY_MANY, ONE, SOON_MANY } from './fixtures/directories.js';
import { InMemoryDirectory } from './fixtures/in-memory-directory.js';
import { connectionOf, person } from './fixtures/people.js';
import { PresenceService } from './presence.service.js';
import { PresenceSlots } from './presence-slots.js';
import { UsersKeys } from './redis/keys.js';
import { SLOTS } from './slots.js';
import { presenceInOne, SETTLES_MS, SlotChoice, type SlotsInUse } from './slots-in-use.js';

const { prefix, connect } = testRedis();
const redis = connect();
afterAll(() => redis.quit());

const times = { leaseMs: 60_000, claimMs: 60_000, renewAfterMs: 18_000 };
describe('PresenceSlots', () => {
  let keys: UsersKeys;
  beforeEach(() => {
    keys = new UsersKeys(`${prefix}-${randomUUID()}`);
  });

  /** A replica that uses certain slots, on the same keys as the others of a test. */
  const replica = (inUse: SlotsInUse) => new PresenceSlots(redis, keys, times, { now: async () => inUse });

  const inSlots = async (count: (slot: number) => Promise<number>): Promise<number> => {
    const counts = await Promise.all(Array.from({ length: SLOTS }, (_, slot) => count(slot)));
    return counts.filter((each) => each > 0).length;
  };

  it('spreads the users of a gateway over many slots, in each of which it has a lease', async () => {
    const many = replica(MANY);
    expect(await many.renewLease('g1')).toBe(false);
    expect(await many.renewLease('g1')).toBe(true);
    const connections = Array.from({ length: 500 }, () => connectionOf(person(), 'g1'));
    await Promise.all(connections.map((each) => many.connect(each)));
    const used = await inSlots((slot) => redis.hlen(keys.presenceOf(slot).presence.online()));
    expect(used).toBeGreaterThan(SLOTS / 2);
    expect(await inSlots((slot) => redis.zcard(keys.presenceOf(slot).presence.leases()))).toBe(SLOTS);
    expect(await many.countOnline()).toBe(500);
    expect(await redis.exists(keys.presence.online(), keys.presence.leases())).toBe(0);
  });

  it.each([
    [ONE, SOON_MANY],
    [SOON_MANY, NEWLY_MANY],
    [NEWLY_MANY, SOON_MANY],
    [NEWLY_MANY, MANY],
  ])('replicas that use %j and %j at the same time agree on who is online', async (before, after) => {
    const [earlier, later] = [replica(before), replica(after)];
    const [ada, bob] = [person(), person()];
    const connections = [connectionOf(ada, 'g1'), connectionOf(ada, 'g2')] as const;
    expect(await earlier.connect(connections[0])).toBe(true);
    // Those who no longer look into the one slot only come when nothing is there.
    if (after === MANY) await redis.del(keys.presence.online());
    expect(await later.online([ada.UUID, bob.UUID])).toEqual([true, false]);
    expect(await later.connect(connections[1])).toBe(false);
    expect(await earlier.disconnect(connections[1])).toBe(false);
    expect(await later.disconnect(connections[0])).toBe(true);
    expect([await earlier.online([ada.UUID]), await later.online([ada.UUID])]).toEqual([[false], [false]]);
  });

  it('keeps gateways known while presence goes to many slots', async () => {
    const [one, soon, newly, many] = [ONE, SOON_MANY, NEWLY_MANY, MANY].map(replica) as [
      PresenceSlots,
      PresenceSlots,
      PresenceSlots,
      PresenceSlots,
    ];
    expect(await one.renewLease('g1')).toBe(false);
    for (const each of [one, soon, newly, many]) expect(await each.renewLease('g1')).toBe(true);
  });

  describe('with the rules of presence', () => {
    let events: { pattern: string; event: unknown }[];
    let directory: InMemoryDirectory;
    beforeEach(() => {
      [events, directory] = [[], new InMemoryDirectory()];
    });
    const service = (inUse: SlotsInUse) =>
      new PresenceService(
        replica(inUse),
        directory,
        { publish: async (pattern, event) => void events.push({ pattern, event }) },
        times,
        { now: async () => 'everyone' },
      );
    const offline = () =>
      events
        .filter(({ pattern }) => pattern === USERS_WENT_OFFLINE)
        .flatMap(({ event }) => (event as UsersWentOffline).users.map(({ UUID }) => UUID));
    const ended = () => events.filter(({ pattern }) => pattern === GATEWAY_ENDED).length;
    const present = async (inUse: SlotsInUse, count: number, gatewayId: string) => {
      const users = await Promise.all(Array.from({ length: count }, () => directory.claim(person())));
      await service(inUse).renewLease(gatewayId);
      await Promise.all(users.map((user) => service(inUse).connect(connectionOf(user, gatewayId))));
      return users;
    };
    const expire = (gatewayId: string) =>
      Promise.all(
        [keys, ...Array.from({ length: SLOTS }, (_, slot) => keys.presenceOf(slot))].map(({ presence }) =>
          redis.zadd(presence.leases(), 'XX', 0, gatewayId),
        ),
      );

    it.each([ONE, SOON_MANY, NEWLY_MANY, MANY])(
      'using %j, reports all users of a gateway that dies, and the gateway once',
      async (inUse) => {
        const users = await present(inUse, 200, 'g1');
        await expire('g1');
        await service(inUse).endExpired();
        expect(new Set(offline())).toEqual(new Set(users.map(({ UUID }) => UUID)));
        expect(offline()).toHaveLength(users.length);
        expect(ended()).toBe(1);
      },
    );

    it('reports all users of a gateway that gives its lease up in the middle of the change', async () => {
      const before = await present(SOON_MANY, 20, 'g1');
      const after = await present(NEWLY_MANY, 20, 'g1');
      await service(NEWLY_MANY).endLease('g1');
      expect(new Set(offline())).toEqual(new Set([...before, ...after].map(({ UUID }) => UUID)));
      expect(ended()).toBe(1);
    });

    it('reports nobody who has a connection in the other slots', async () => {
      const [ada] = await present(SOON_MANY, 1, 'g1');
      await service(NEWLY_MANY).connect(connectionOf(ada!, 'g2'));
      await service(NEWLY_MANY).endLease('g1');
      expect(offline()).toEqual([]);
      await service(MANY).endLease('g2');
      expect(offline()).toEqual([ada!.UUID]);
    });
  });
});

describe('SlotChoice', () => {
  it('takes all replicas to many slots once one of them does, not at once, and for good', async () => {
    const keys = new UsersKeys(`${prefix}-${randomUUID()}`);
    const choice = (goesToMany: boolean) =>
      new SlotChoice(redis, presenceInOne(redis, keys), goesToMany).now();
    const passed = async (ms: number) => {
      const from = Number(await redis.get(keys.manyFrom()));
      await redis.set(keys.manyFrom(), from - ms);
    };
    expect(await choice(false)).toEqual(ONE);
    expect(await choice(true)).toEqual(SOON_MANY);
    expect(await choice(false)).toEqual(SOON_MANY);
    await redis.hset(keys.presence.online(), 'ada', 1);
    await passed(SETTLES_MS);
    for (const goes of [true, false]) expect(await choice(goes)).toEqual(NEWLY_MANY);
    await passed(SETTLES_MS);
    expect(await choice(false)).toEqual(NEWLY_MANY);
    await redis.del(keys.presence.online());
    for (const goes of [true, false]) expect(await choice(goes)).toEqual(MANY);
  });

  it('looks again after a while, and uses what it knows meanwhile', async () => {
    const keys = new UsersKeys(`${prefix}-${randomUUID()}`);
    const choice = new SlotChoice(redis, presenceInOne(redis, keys), false);
    expect(await choice.now(0)).toEqual(ONE);
    await redis.set(keys.manyFrom(), 1);
    expect(await choice.now(1_999)).toEqual(ONE);
    expect(await choice.now(2_000)).toEqual(ONE);
    expect(await choice.now(12_001)).toEqual(MANY);
  });
});
