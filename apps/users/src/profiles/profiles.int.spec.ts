import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { UsersContract } from '@parley/contracts';
import { LIMITS } from '@parley/protocol';
import type { ServiceClient } from '@parley/service-kit';
import { eventually, testRedis } from '@parley/testing';
import { person } from '../fixtures/people.js';
import { RunningUsers } from '../fixtures/running-users.js';

const Picture = 'https://id.example.test/ada.png';
const limit = LIMITS.usersPerPage;

describe.each(['one', 'many'])('what an identity provider says of users, in %s', (USERS_SLOTS) => {
  let running: RunningUsers;
  let users: ServiceClient<UsersContract>;

  beforeEach(async () => {
    running = new RunningUsers(testRedis());
    await running.replica({ USERS_SLOTS });
    users = running.client();
  });
  afterEach(() => running.stop());

  const shown = async (UUID: string, withProfiles?: true) =>
    (await users.ask('users.lookup', { UUIDs: [UUID], withProfiles })).users[0];

  it('is shown to those who list, find, or look up', async () => {
    const [ada, bob] = [
      await users.ask('users.register', person()),
      await users.ask('users.register', person()),
    ];
    await users.ask('users.setProfile', { UUID: ada.UUID, Name: 'Ada Lovelace', Picture });
    const own = { ...ada, Name: 'Ada Lovelace', Picture, OnLine: false };
    const other = { ...bob, OnLine: false };
    expect((await users.ask('users.list', { offset: 0, limit })).users).toEqual([own, other]);
    expect((await users.ask('users.page', { limit })).users).toEqual([own, other]);
    expect((await users.ask('users.search', { prefix: ada.Username, limit })).users).toEqual([own]);
    await users.ask('users.addContact', { userUUID: bob.UUID, otherUUID: ada.UUID });
    expect((await users.ask('users.contacts', { userUUID: bob.UUID, limit: 10 })).contacts).toEqual([own]);
    expect(await shown(ada.UUID, true)).toEqual(own);
    expect(await shown(ada.UUID)).toEqual({ ...ada, OnLine: false });
  });

  it('stays when the user is renamed, can be replaced, and goes when nothing is said any more', async () => {
    const ada = await users.ask('users.register', person());
    await users.ask('users.setProfile', { UUID: ada.UUID, Name: 'Ada', Picture });
    await users.ask('users.rename', { ...ada, Username: `${ada.Username}-2` });
    expect(await shown(ada.UUID, true)).toMatchObject({ Name: 'Ada', Picture });
    await users.ask('users.setProfile', { UUID: ada.UUID, Picture: `${Picture}?2` });
    const replaced = await shown(ada.UUID, true);
    expect(replaced).toMatchObject({ Picture: `${Picture}?2` });
    expect(replaced).not.toHaveProperty('Name');
    await users.ask('users.setProfile', { UUID: ada.UUID });
    expect(await shown(ada.UUID, true)).not.toHaveProperty('Picture');
  });

  it('is forgotten with the account, and said of nobody who is gone', async () => {
    const ada = await users.ask('users.register', person());
    await users.ask('users.setProfile', { UUID: ada.UUID, Picture });
    await running.deleteAccount(ada.UUID);
    await eventually(async () => (await shown(ada.UUID)) === undefined);
    await expect(users.ask('users.setProfile', { UUID: ada.UUID, Picture })).rejects.toMatchObject({
      name: 'USER_NOT_FOUND',
    });
    await eventually(async () => (await running.profileFields()) === 0);
  });
});
