import { randomUUID } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Logger } from '@parley/service-kit';
import { testRedis } from '@parley/testing';
import { InMemoryDirectory } from '../fixtures/in-memory-directory.js';
import { InMemoryPresence } from '../fixtures/in-memory-presence.js';
import { InMemoryProfiles } from '../fixtures/in-memory-profiles.js';
import { person } from '../fixtures/people.js';
import { UsersKeys } from '../redis/keys.js';
import { UsersService } from '../users.service.js';
import { NameIndex } from './name-index.js';
import { SearchService } from './search.service.js';

const { prefix, connect } = testRedis();
const redis = connect();
afterAll(() => redis.quit());

describe('a search by prefix', () => {
  let directory: InMemoryDirectory;
  let index: NameIndex;
  let search: SearchService;
  let keys: UsersKeys;

  beforeEach(() => {
    keys = new UsersKeys(`${prefix}-${randomUUID()}`);
    directory = new InMemoryDirectory();
    index = new NameIndex(redis, keys);
    const users = new UsersService(directory, new InMemoryPresence(), new InMemoryProfiles());
    search = new SearchService(index, users, directory, { warn: () => {} } as unknown as Logger);
  });

  const register = async (...names: string[]) => {
    const made = [];
    for (const name of names) made.push(await directory.claim(person(name)));
    return made;
  };

  const noteAll = async (): Promise<void> => {
    while ((await search.noteSome(2)) > 0);
  };

  const namesOf = (page: Awaited<ReturnType<SearchService['search']>>) =>
    page.users.map(({ Username }) => Username);

  it('finds names in any letter case, in their order, and no others', async () => {
    await register('Bob', 'ada', 'Adam', 'ADELE', 'Åda', 'a', 'adÿ');
    await noteAll();
    expect(namesOf(await search.search('AD', undefined, 10))).toEqual(['ada', 'Adam', 'ADELE', 'adÿ']);
    expect(namesOf(await search.search('å', undefined, 10))).toEqual(['Åda']);
    expect(namesOf(await search.search('c', undefined, 10))).toEqual([]);
  });

  it('gives each name once, page by page, while others come and go', async () => {
    const [first] = await register('n1', 'n2', 'n22', 'n3', 'n4');
    await noteAll();
    const one = await search.search('n', undefined, 2);
    await search.forget(first!.UUID);
    await directory.forget(first!.UUID);
    for (const user of await register('n0', 'n21')) await search.note(user);
    const two = await search.search('n', one.cursor, 2);
    const three = await search.search('n', two.cursor, 2);
    expect([one, two, three].map(namesOf)).toEqual([
      ['n1', 'n2'],
      ['n21', 'n22'],
      ['n3', 'n4'],
    ]);
    expect((await search.search('n', three.cursor, 2)).users).toEqual([]);
  });

  it('leaves out users who are gone, and forgets their names when it sees them', async () => {
    const [gone] = await register('gone', 'gonzo');
    await noteAll();
    await directory.forget(gone!.UUID);
    expect(namesOf(await search.search('go', undefined, 10))).toEqual(['gonzo']);
    expect(await redis.zcard(keys.search.names())).toBe(1);
  });

  it('goes on noting where another replica has stopped, and notes who comes later', async () => {
    await register('a1', 'a2', 'a3');
    expect(await search.noteSome(2)).toBe(2);
    expect(await search.noteSome(2)).toBe(1);
    expect(await search.noteSome(2)).toBe(0);
    await register('a4');
    expect(await search.noteSome(2)).toBe(1);
    expect(namesOf(await search.search('a', undefined, 10))).toEqual(['a1', 'a2', 'a3', 'a4']);
  });

  it.each([0, 1_001, 0.5])('refuses a page of %d', async (limit) => {
    await expect(search.search('a', undefined, limit)).rejects.toMatchObject({ name: 'INVALID_FIELD' });
  });
});
