import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Identity, UsersContract } from '@parley/contracts';
import type { ServiceClient } from '@parley/service-kit';
import { eventually, testRedis } from '@parley/testing';
import { registeredEarlier } from './fixtures/earlier-names.js';
import { person } from './fixtures/people.js';
import { RunningUsers } from './fixtures/running-users.js';
import { UsersKeys } from './redis/keys.js';

describe('replicas of the users service whose directory goes to many slots', () => {
  const place = testRedis();
  const redis = place.connect();
  const keys = new UsersKeys(place.prefix);
  let running: RunningUsers;
  let users: ServiceClient<UsersContract>;
  beforeEach(async () => {
    running = new RunningUsers(place);
    users = running.client();
  });
  afterEach(async () => {
    await running.stop();
    await redis.quit();
  });

  const isAlone = async () => expect(await redis.hget(keys.directory.copying(), 'all')).toBe('1');

  it('answer the same while users are copied, and afterwards', async () => {
    const people: Identity[] = [];
    for (let n = 0; n < 20; n += 1) people.push(await registeredEarlier(redis, keys, `name ${n} of many`));
    people.push(...Array.from({ length: 10 }, () => person()));
    const answers = async (count: number) => {
      const there = people.slice(0, count).map((user) => ({ ...user, OnLine: false }));
      const UUIDs = people.map(({ UUID }) => UUID);
      const names = people.map(({ Username }) => Username);
      expect(await users.ask('users.list', { offset: 0, limit: 50 })).toEqual({ total: count, users: there });
      expect(await users.ask('users.lookup', { UUIDs })).toEqual({ users: there });
      expect(await users.ask('users.lookupNames', { names })).toEqual({ users: people.slice(0, count) });
    };
    // The many slots are in use, and not settled: nobody is copied who was there before.
    const [seconds] = await redis.time();
    await redis.set(keys.directory.manyFrom(), (Number(seconds) - 5) * 1_000);
    for (let replicas = 0; replicas < 2; replicas += 1) await running.replica({ USERS_SLOTS: 'many' });
    await answers(20);
    for (let count = 21; count <= 25; count += 1) {
      await users.ask('users.register', people[count - 1]!);
      await answers(count);
    }
    // Settled: a replica that starts copies them at once.
    await redis.set(keys.directory.manyFrom(), 1);
    await running.replica();
    await eventually(isAlone);
    for (let count = 26; count <= 30; count += 1) {
      await users.ask('users.register', people[count - 1]!);
      await answers(count);
    }
    const last = people.pop()!;
    await running.deleteAccount(last.UUID);
    await eventually(async () =>
      expect((await users.ask('users.list', { offset: 0, limit: 1 })).total).toBe(29),
    );
    people.push(last);
    await answers(29);
    await expect(users.ask('users.register', { ...person(), Username: last.Username })).rejects.toMatchObject(
      {
        name: 'USERNAME_TAKEN',
      },
    );
  });
});
