import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Identity } from '@parley/contracts';
import { type OwnRedis, startRedis, testRedis } from '@parley/testing';
import { Redis } from 'ioredis';
import { directoryUsing, MANY, NEWLY_MANY, ONE, SOON_MANY } from '../fixtures/directories.js';
import { describeDirectory } from '../fixtures/directory.suite.js';
import { person } from '../fixtures/people.js';
import { UsersKeys } from '../redis/keys.js';
import { SLOTS } from '../slots.js';
import { directoryInOne, SlotChoice, type SlotsInUse } from '../slots-in-use.js';
import { DirectoryRepository } from './directory.repository.js';
import { DirectoryCopies } from './directory-copies.js';
import { DirectorySlots } from './directory-slots.js';

const { prefix, connect } = testRedis();
const [redis, another] = [connect(), connect()];
afterAll(() => Promise.all([redis.quit(), another.quit()]));

const TAKEN = { name: 'USERNAME_TAKEN' };

describe.each([ONE, SOON_MANY, NEWLY_MANY, MANY])('using %j', (inUse) => {
  describeDirectory('DirectorySlots', () =>
    directoryUsing(redis, new UsersKeys(`${prefix}-${randomUUID()}`), inUse),
  );
});

describe('DirectorySlots', () => {
  let keys: UsersKeys;
  beforeEach(() => {
    keys = new UsersKeys(`${prefix}-${randomUUID()}`);
  });

  /** A replica that uses certain slots, on the same keys as the others of a test. */
  const replica = (inUse: SlotsInUse) => directoryUsing(redis, keys, inUse);
  const copies = () => new DirectoryCopies(redis, keys);
  const one = () => new DirectoryRepository(redis, keys);

  /** How many of the many slots have such a hash, and the fields of all of them. */
  const inSlots = async (hash: 'names' | 'index') => {
    const slots = Array.from({ length: SLOTS }, (_, slot) => keys.directoryOf(slot)[hash]);
    const counts = await Promise.all(slots.map((key) => redis.hlen(key)));
    return {
      used: counts.filter((count) => count > 0).length,
      fields: counts.reduce((sum, count) => sum + count, 0),
    };
  };

  const NEIGHBOURS = [
    [ONE, SOON_MANY],
    [SOON_MANY, NEWLY_MANY],
    [NEWLY_MANY, SOON_MANY],
    [NEWLY_MANY, MANY],
    [MANY, MANY],
  ] as const;

  it.each(NEIGHBOURS)(
    'gives a name to one of those who claim it from replicas with %j and %j',
    async (...uses) => {
      const replicas = [directoryUsing(redis, keys, uses[0]), directoryUsing(another, keys, uses[1])];
      const names = ['admin', 'аdmin', 'admi\u0307n', 'ad\u200bmin', 'ADMIN'];
      const claims = Array.from({ length: 100 }, (_, n) => replicas[n % 2]!.claim(person(names[n % 5])));
      const results = await Promise.allSettled(claims);
      const owners = results.filter((result) => result.status === 'fulfilled').map(({ value }) => value);
      expect(owners).toHaveLength(1);
      expect(await one().find([owners[0]!.UUID])).toEqual(owners);
      const readers = uses.includes(MANY) ? replicas.filter((_, n) => uses[n] !== MANY) : replicas;
      for (const reader of readers) {
        expect(await reader.find([owners[0]!.UUID])).toEqual(owners);
        expect(await reader.findNamed(names)).toEqual(owners);
        expect(await reader.page(0, 10)).toEqual({ total: 1, users: owners });
      }
    },
  );

  it.each(NEIGHBOURS)('replicas with %j and %j agree on who is there', async (before, after) => {
    const [earlier, later] = [replica(before), replica(after)];
    // Those who only read copies come when everyone is copied.
    const first = after === MANY ? later : earlier;
    const [ada, bob, eve] = [person('Ada'), person('Bob'), person('Eve')];
    for (const user of [ada, bob]) await first.claim(user);
    await later.claim(eve);
    const all = [ada, bob, eve];
    const seen = (directory: typeof earlier) =>
      Promise.all([
        directory.find(all.map(({ UUID }) => UUID)),
        directory.findNamed(['ada', 'BOB', 'Eve', 'nobody']),
        directory.page(0, 10),
      ]);
    const expected = (...users: Identity[]) => [
      all.map((user) => (users.includes(user) ? user : undefined)),
      users,
      { total: users.length, users },
    ];
    for (const each of [earlier, later]) expect(await seen(each)).toEqual(expected(ada, bob, eve));
    await earlier.forget(eve.UUID);
    for (const each of [earlier, later]) expect(await seen(each)).toEqual(expected(ada, bob));
    await later.purge(ada.UUID);
    for (const each of [earlier, later]) expect(await seen(each)).toEqual(expected(bob));
    await expect(earlier.claim(person('eve'))).rejects.toMatchObject(TAKEN);
    const newcomer = await later.claim(person('Ada'));
    expect(await later.findNamed(['ada'])).toEqual([newcomer]);
  });

  it('pages alike whatever slots a replica uses, though only some users are copied', async () => {
    const users: Identity[] = [];
    for (const inUse of [ONE, SOON_MANY, NEWLY_MANY, MANY, ONE, MANY])
      for (let n = 0; n < 5; n += 1) users.push(await replica(inUse).claim(person()));
    for (const inUse of [ONE, SOON_MANY, NEWLY_MANY, MANY])
      for (const offset of [0, 7, 23, 29, 30])
        expect(await replica(inUse).page(offset, 10)).toEqual({
          total: 30,
          users: users.slice(offset, offset + 10),
        });
  });

  it('copies nothing of a user that was read before the user was removed', async () => {
    const ada = person('Ada');
    const { user, removals } = await one().claim(ada);
    await replica(NEWLY_MANY).forget(ada.UUID);
    await copies().add([user], removals);
    expect(await copies().find([ada.UUID])).toEqual([undefined]);
    expect(await copies().owners(['Ada'])).toEqual([undefined]);
  });

  it('finds a user who registers again after a purge, with this name or another', async () => {
    const ada = person('Ada');
    await replica(MANY).claim(ada);
    await replica(MANY).purge(ada.UUID);
    const again = { ...ada, Username: 'Countess' };
    await replica(MANY).claim(again);
    expect(await replica(MANY).find([ada.UUID])).toEqual([again]);
    expect(await replica(MANY).findNamed(['Ada', 'countess'])).toEqual([again]);
  });

  it.each(['forget', 'purge'] as const)('finishes a cut-off %s when it is repeated', async (remove) => {
    const ada = await replica(MANY).claim(person('Ada'));
    await one()[remove](ada.UUID);
    await replica(MANY)[remove](ada.UUID);
    for (const hash of ['names', 'index'] as const) expect((await inSlots(hash)).fields).toBe(0);
  });

  it('finishes a cut-off claim when it is repeated', async () => {
    const { user } = await one().claim(person('Ada'));
    expect(await replica(MANY).claim(user)).toEqual(user);
    expect(await replica(MANY).find([user.UUID])).toEqual([user]);
  });

  it.each(['forget', 'purge'] as const)('leaves no copy of a %s that a sign-in overtakes', async (remove) => {
    const ada = await replica(MANY).claim(person('Ada'));
    // The replica of the sign-in stalls between its claim and the copy.
    const stalled = copies();
    const add = stalled.add.bind(stalled);
    stalled.add = async (users, removals) => {
      await replica(MANY)[remove](ada.UUID);
      await add(users, removals);
    };
    await new DirectorySlots(one(), stalled, { now: async () => MANY }).claim(ada);
    for (const hash of ['names', 'index'] as const) expect((await inSlots(hash)).fields).toBe(0);
  });

  it('forgets after a while that somebody was removed, and remembers 1,000 in a slot at most', async () => {
    const removed = (slot: number) => keys.directoryOf(slot).removed;
    const ada = await replica(MANY).claim(person('Ada'));
    await replica(MANY).purge(ada.UUID);
    const used = [];
    for (let slot = 0; slot < SLOTS; slot += 1)
      if (await redis.exists(removed(slot))) used.push(removed(slot));
    expect(used.length).toBeGreaterThan(0);
    for (const key of used) expect(await redis.pttl(key)).toBeGreaterThan(0);
    const full = used[0]!;
    await redis.zadd(full, ...Array.from({ length: 1_500 }, (_, n) => [n + 10, `u${n}`]).flat());
    await copies().remove({ ...ada, removals: 5_000 });
    // Of one whose name lies in the slot of the UUID, it is noted twice, and room is made each time.
    expect(await redis.zcard(full)).toBe(used.length > 1 ? 1_000 : 999);
    expect(await redis.zscore(full, 'u1499')).toBe('1509');
  });

  it('finds a user whose copies are lost, by name as well from then on', async () => {
    const ada = await replica(MANY).claim(person('Ada'));
    for (let slot = 0; slot < SLOTS; slot += 1)
      await redis.del(keys.directoryOf(slot).names, keys.directoryOf(slot).index);
    expect(await replica(MANY).findNamed(['ada'])).toEqual([]);
    expect(await replica(MANY).find([person().UUID, ada.UUID])).toEqual([undefined, ada]);
    expect(await copies().find([ada.UUID])).toEqual([ada]);
    expect(await replica(MANY).findNamed(['ada'])).toEqual([ada]);
  });

  it('finds those who are copied while the one slot is away', async () => {
    const ada = await replica(MANY).claim(person('Ada'));
    const away = one();
    away.find = () => Promise.reject(new Error('CLUSTERDOWN'));
    const using = (inUse: SlotsInUse) => new DirectorySlots(away, copies(), { now: async () => inUse });
    const UUIDs = [person().UUID, ada.UUID];
    expect(await using(MANY).find(UUIDs)).toEqual([undefined, ada]);
    expect(await using(MANY).findNamed(['ada', 'nobody'])).toEqual([ada]);
    await expect(using(NEWLY_MANY).find(UUIDs)).rejects.toThrow('CLUSTERDOWN');
  });

  it('reads 10,000 users in all the slots, and nothing in the one', async () => {
    const users = Array.from({ length: 10_000 }, () => person());
    await copies().add(users, 0);
    expect(await inSlots('names')).toEqual({ used: SLOTS, fields: 10_000 });
    expect(await inSlots('index')).toEqual({ used: SLOTS, fields: 10_000 });
    const many = replica(MANY);
    for (let from = 0; from < users.length; from += 1_000) {
      const page = users.slice(from, from + 1_000);
      expect(await many.find(page.map(({ UUID }) => UUID))).toEqual(page);
      expect(await many.findNamed(page.map(({ Username }) => Username.toUpperCase()))).toEqual(page);
    }
    expect(await redis.exists(keys.directory.names(), keys.directory.index())).toBe(0);
  });
});

describe('DirectorySlots in a Redis that is full', () => {
  let own: OwnRedis;
  let client: Redis;
  beforeAll(async () => {
    own = await startRedis();
    client = new Redis(own.url);
  });
  afterAll(async () => {
    client?.disconnect();
    await own?.remove();
  });

  it('purge users, find others, and wait with the many slots', async () => {
    const keys = new UsersKeys(prefix);
    const many = directoryUsing(client, keys, MANY);
    const [ada, bob] = [await many.claim(person('Ada')), await many.claim(person('Bob'))];
    const choice = () => new SlotChoice(client, directoryInOne(client, keys), true).now();
    await client.config('SET', 'maxmemory', '1');
    await many.purge(ada.UUID);
    expect(await many.find([ada.UUID, bob.UUID])).toEqual([undefined, bob]);
    expect(await many.findNamed(['ada', 'bob'])).toEqual([bob]);
    expect(await many.page(0, 10)).toEqual({ total: 1, users: [bob] });
    expect(await choice()).toEqual(ONE);
    await client.config('SET', 'maxmemory', '0');
    expect(await choice()).toEqual(SOON_MANY);
  });
});
