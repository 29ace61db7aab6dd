import { randomUUID } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { testRedis } from '@parley/testing';
import { directoryUsing, ONE } from '../fixtures/directories.js';
import { registeredEarlier } from '../fixtures/earlier-names.js';
import { person } from '../fixtures/people.js';
import { ALIKE_FORMS } from '../names/alike-forms.js';
import { UsersKeys } from '../redis/keys.js';
import { DirectoryRepository } from './directory.repository.js';
import type { DirectorySlots } from './directory-slots.js';

const { prefix, connect } = testRedis();
const redis = connect();
afterAll(() => redis.quit());

describe('DirectoryRepository with 100,000 users', () => {
  it('reads the last page with as many commands as the first', async () => {
    const keys = new UsersKeys(`${prefix}-large`);
    const { names, order } = keys.directory;
    const total = 100_000;
    for (let from = 0; from < total; from += 10_000) {
      const users = Array.from({ length: 10_000 }, (_, index) => from + index);
      await redis.hset(names(), Object.fromEntries(users.map((place) => [`u${place}`, `Name ${place}`])));
      await redis.zadd(order(), ...users.flatMap((place) => [place, `u${place}`]));
    }
    const page = await directoryUsing(redis, keys, ONE).page(99_000, 1_000);
    expect(page.total).toBe(total);
    expect(page.users).toHaveLength(1_000);
    expect(page.users.at(-1)).toEqual({ UUID: 'u99999', Username: 'Name 99999' });
    await redis.del(names(), order());
  }, 30_000);
});

describe('DirectoryRepository with names of the release before', () => {
  const TAKEN = { name: 'USERNAME_TAKEN' };
  let keys: UsersKeys;
  let directory: DirectorySlots;
  beforeEach(() => {
    keys = new UsersKeys(`${prefix}-${randomUUID()}`);
    directory = directoryUsing(redis, keys, ONE);
  });

  const registerEarlier = (Username: string) => registeredEarlier(redis, keys, Username);
  const noteAll = async (most = 250) => {
    const founds: number[] = [];
    do founds.push(await directory.indexAlikes(most));
    while (founds.at(-1) !== 0);
    return founds;
  };

  it('notes them in steps, and then gives out nothing that looks like them', async () => {
    for (const name of ['admin', 'ad\u200bmin', 'аdmin', 'Grace', ' Ada']) await registerEarlier(name);
    expect(await noteAll(2)).toEqual([2, 2, 1, 0]);
    for (const name of ['аdmіn', 'Grаce', 'Ada', '\u202egrace'])
      await expect(directory.claim(person(name))).rejects.toMatchObject(TAKEN);
    expect(await redis.hget(keys.directory.indexed(), ALIKE_FORMS)).toBe('5');
  });

  it('lets those go on who look alike already', async () => {
    const both = [await registerEarlier('admin'), await registerEarlier('аdmin')];
    await noteAll();
    for (const user of both) expect(await directory.claim(user)).toEqual(user);
    await directory.purge(both[1]!.UUID);
    await expect(directory.claim(person('аdmin'))).rejects.toMatchObject(TAKEN);
  });

  it('notes a name when its user is registered again, and before its user is forgotten', async () => {
    const [ada, bob] = [await registerEarlier('Ada'), await registerEarlier('Bob')];
    await directory.claim(ada);
    await directory.forget(bob.UUID);
    for (const name of ['Аda', 'Вob'])
      await expect(directory.claim(person(name))).rejects.toMatchObject(TAKEN);
  });

  it('catches up with a replica of the release before that goes on beside this one', async () => {
    await directory.claim(person('first'));
    await registerEarlier('Grace');
    await directory.claim(person('third'));
    expect(await noteAll()).toEqual([2, 0]);
    await directory.claim(person('fourth'));
    expect(await noteAll()).toEqual([0]);
    await expect(directory.claim(person('Grаce'))).rejects.toMatchObject(TAKEN);
  });

  it('shares the work among replicas, and notes each user', async () => {
    const names = Array.from({ length: 60 }, (_, index) => `name ${index} of many`);
    for (const name of names) await registerEarlier(name);
    await Promise.all(Array.from({ length: 4 }, () => noteAll(7)));
    for (const name of names)
      await expect(directory.claim(person(name.replace('a', 'а')))).rejects.toMatchObject(TAKEN);
  });

  it('notes nobody who was purged meanwhile', async () => {
    const ada = await registerEarlier('Ada');
    const one = new DirectoryRepository(redis, keys);
    const read = one.find.bind(one);
    one.find = async (UUIDs) => {
      const found = await read(UUIDs);
      await directory.purge(ada.UUID);
      return found;
    };
    expect(await one.indexAlikes(1)).toBe(1);
    expect(await redis.exists(keys.directory.alikes(ALIKE_FORMS))).toBe(0);
  });
});
