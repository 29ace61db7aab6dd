import { beforeEach, describe, expect, it } from '@jest/globals';
import { InMemoryDirectory } from './fixtures/in-memory-directory.js';
import { InMemoryPresence } from './fixtures/in-memory-presence.js';
import { InMemoryProfiles } from './fixtures/in-memory-profiles.js';
import { connectionOf, person } from './fixtures/people.js';
import { UsersService } from './users.service.js';

describe('UsersService', () => {
  let presence: InMemoryPresence;
  let directory: InMemoryDirectory;
  let users: UsersService;
  beforeEach(() => {
    presence = new InMemoryPresence();
    directory = new InMemoryDirectory();
    users = new UsersService(directory, presence, new InMemoryProfiles());
  });

  it('shows who is online in a look-up, and leaves out unknown users', async () => {
    const [ada, grace] = [await users.register(person()), await users.register(person())];
    await presence.connect(connectionOf(grace, 'g1'));
    expect(await users.lookup([grace.UUID, person().UUID, ada.UUID])).toEqual([
      { ...grace, OnLine: true },
      { ...ada, OnLine: false },
    ]);
  });

  it('shows who is online in a page, and the total number of users', async () => {
    const [, grace] = [await users.register(person()), await users.register(person())];
    await users.register(person());
    await presence.connect(connectionOf(grace, 'g1'));
    expect(await users.list(1, 1)).toEqual({ total: 3, users: [{ ...grace, OnLine: true }] });
  });

  it('goes on behind a cursor, and gives none with the last page', async () => {
    const all = [
      await users.register(person()),
      await users.register(person()),
      await users.register(person()),
    ];
    const shown = all.map((user) => ({ ...user, OnLine: false }));
    const first = await users.page(undefined, 2);
    expect(first).toEqual({ users: shown.slice(0, 2), cursor: expect.any(String) });
    expect(await users.page(first.cursor, 2)).toEqual({ users: shown.slice(2) });
  });

  it.each(['', '-1', '1e3', 'abc', '99999999999999999'])('refuses the cursor %j', async (cursor) => {
    await expect(users.page(cursor, 10)).rejects.toMatchObject({ name: 'INVALID_FIELD' });
  });

  it.each([
    [-1, 10],
    [0.5, 10],
    [0, 0],
    [0, 1_001],
    [Number.NaN, 10],
  ])('refuses the page at %d of %d users', async (offset, limit) => {
    await expect(users.list(offset, limit)).rejects.toMatchObject({ name: 'INVALID_FIELD' });
  });

  it('shows when users were made, also after they got another name, and nothing where that is not known', async () => {
    const [ada, old] = [person(), person()];
    await directory.claim(ada, Date.UTC(2025, 0, 1));
    await directory.claim(old, 'unknown');
    for (const [user, name] of [
      [ada, 'another name'],
      [old, 'one more name'],
    ] as const)
      await users.rename({ ...user, Username: name });
    const shown = await users.dated(await users.lookup([ada.UUID, old.UUID]));
    expect(shown).toEqual([
      { UUID: ada.UUID, Username: 'another name', OnLine: false, createdAt: '2025-01-01T00:00:00.000Z' },
      { UUID: old.UUID, Username: 'one more name', OnLine: false },
    ]);
  });

  it('gives a user another name, and the name of before to somebody else', async () => {
    const [ada, grace] = [await users.register(person()), await users.register(person())];
    const renamed = { ...ada, Username: 'another name' };
    for (let times = 0; times < 2; times += 1) expect(await users.rename(renamed)).toEqual(renamed);
    const other = { ...grace, Username: ada.Username };
    expect(await users.rename(other)).toEqual(other);
    expect((await users.list(0, 9)).users.map(({ Username }) => Username)).toEqual([
      renamed.Username,
      other.Username,
    ]);
  });

  it('leaves a user the name of before where the other one is taken', async () => {
    const [ada, grace] = [await users.register(person()), await users.register(person())];
    const renaming = users.rename({ ...ada, Username: grace.Username.toUpperCase() });
    await expect(renaming).rejects.toMatchObject({ name: 'USERNAME_TAKEN' });
    expect(await users.lookup([ada.UUID])).toEqual([{ ...ada, OnLine: false }]);
  });

  it('gives a user without a name one', async () => {
    const ada = person();
    expect(await users.rename(ada)).toEqual(ada);
    expect(await users.lookup([ada.UUID])).toHaveLength(1);
  });

  it('looks up 1,000 users at once and refuses more', async () => {
    const UUIDs = Array.from({ length: 1_000 }, () => person().UUID);
    expect(await users.lookup(UUIDs)).toEqual([]);
    await expect(users.lookup([...UUIDs, 'one more'])).rejects.toMatchObject({ name: 'INVALID_FIELD' });
  });
});
