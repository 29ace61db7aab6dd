import { randomUUID } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Logger } from '@parley/service-kit';
import { testRedis } from '@parley/testing';
import { directoryUsing, MANY, NEWLY_MANY, ONE, SOON_MANY } from '../fixtures/directories.js';
import { registeredEarlier } from '../fixtures/earlier-names.js';
import { person } from '../fixtures/people.js';
import { UsersKeys } from '../redis/keys.js';
import { directoryInOne, SETTLES_MS, SlotChoice } from '../slots-in-use.js';
import { DirectoryRepository } from './directory.repository.js';
import { DirectoryCopies } from './directory-copies.js';
import { DirectoryCopying } from './directory-copying.js';

const { prefix, connect } = testRedis();
const redis = connect();
afterAll(() => redis.quit());

describe('DirectoryCopying', () => {
  let keys: UsersKeys;
  let one: DirectoryRepository;
  let copies: DirectoryCopies;
  let logged: string[];
  beforeEach(() => {
    keys = new UsersKeys(`${prefix}-${randomUUID()}`);
    [one, copies] = [new DirectoryRepository(redis, keys), new DirectoryCopies(redis, keys)];
    logged = [];
  });

  const logger = { info: (text: string) => logged.push(text) } as unknown as Logger;
  const copying = () => new DirectoryCopying(one, copies, redis, keys, logger);
  const choice = (goesToMany = false) => new SlotChoice(redis, directoryInOne(redis, keys), goesToMany).now();
  const passed = async (ms: number) => {
    const from = Number(await redis.get(keys.directory.manyFrom()));
    await redis.set(keys.directory.manyFrom(), from - ms);
  };
  const copyAll = async (most: number) => {
    let steps = 0;
    while (await copying().copySome(most)) steps += 1;
    return steps;
  };

  it('takes the directory to many slots: announced, then used, then copied, and then alone', async () => {
    const users = [];
    for (const name of ['Ada', 'Bob', 'Eve', 'Mallory', 'Trent'])
      users.push(await registeredEarlier(redis, keys, name));
    expect(await choice()).toEqual(ONE);
    expect(await choice(true)).toEqual(SOON_MANY);
    expect(await copyAll(2)).toBe(0);
    await passed(SETTLES_MS);
    expect(await choice()).toEqual(NEWLY_MANY);
    expect(await copyAll(2)).toBe(0);
    await passed(SETTLES_MS);
    expect(await choice()).toEqual(NEWLY_MANY);
    expect(await copyAll(2)).toBe(3);
    expect(await choice()).toEqual(MANY);
    expect(logged).toHaveLength(1);
    expect(await copies.find(users.map(({ UUID }) => UUID))).toEqual(users);
    expect(await copies.owners(['ada', 'TRENT'])).toEqual([users[0]!.UUID, users[4]!.UUID]);
  });

  it('is the work of several replicas at once, and of one that comes back', async () => {
    await redis.set(keys.directory.manyFrom(), 1);
    const users = [];
    for (let n = 0; n < 50; n += 1) users.push((await one.claim(person())).user);
    await Promise.all([copyAll(3), copyAll(7), copyAll(4)]);
    expect(await copies.find(users.map(({ UUID }) => UUID))).toEqual(users);
    expect(logged).toHaveLength(1);
    // A claim that was cut off.
    const { user } = await one.claim(person());
    await copyAll(5);
    expect(await copies.find([user.UUID])).toEqual([user]);
    expect(logged).toHaveLength(1);
  });

  it('leaves out who is removed meanwhile', async () => {
    await redis.set(keys.directory.manyFrom(), 1);
    const [ada, bob] = [(await one.claim(person('Ada'))).user, (await one.claim(person('Bob'))).user];
    const read = one.find.bind(one);
    let removing = true;
    one.find = async (UUIDs) => {
      const found = await read(UUIDs);
      if (removing) {
        removing = false;
        await directoryUsing(redis, keys, NEWLY_MANY).forget(ada.UUID);
      }
      return found;
    };
    expect(await copyAll(10)).toBe(1);
    expect(await copies.find([ada.UUID, bob.UUID])).toEqual([undefined, bob]);
    expect(await copies.owners(['Ada', 'Bob'])).toEqual([undefined, bob.UUID]);
  });
});
