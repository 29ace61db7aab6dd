import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { CONTACTS_CHANGED, type ContactsChanged, type Identity, type UsersContract } from '@parley/contracts';
import type { ServiceClient } from '@parley/service-kit';
import { eventually, testRedis } from '@parley/testing';
import type { Redis } from 'ioredis';
import { connectionOf, person } from '../fixtures/people.js';
import { RunningUsers } from '../fixtures/running-users.js';
import { UsersKeys } from '../redis/keys.js';
import { ContactsRepository } from './contacts.repository.js';
import { ContactsService } from './contacts.service.js';

describe('contacts and blocked users, at two replicas', () => {
  const redis = testRedis();
  const keys = new UsersKeys(redis.prefix);
  const changes: ContactsChanged[] = [];
  let client: Redis;
  let running: RunningUsers;
  let users: ServiceClient<UsersContract>;

  beforeAll(async () => {
    @Controller()
    class Witness {
      @EventPattern(CONTACTS_CHANGED)
      changed(@Payload() change: ContactsChanged): void {
        changes.push(change);
      }
    }
    client = redis.connect();
    running = new RunningUsers(redis);
    await running.listener(Witness);
    const env = { CONTACTS_PER_USER: '5', BLOCKED_PER_USER: '3' };
    await running.replica(env);
    await running.replica(env);
    users = running.client();
  });
  afterAll(async () => {
    await running?.stop();
    client?.disconnect();
  });

  const register = () => users.ask('users.register', person());
  const pair = (one: Identity, other: Identity) => ({ userUUID: one.UUID, otherUUID: other.UUID });
  const page = (one: Identity, limit = 100, cursor?: string) =>
    users.ask('users.contacts', { userUUID: one.UUID, limit, cursor });
  const names = (some: readonly Identity[]) => some.map(({ Username }) => Username);

  it('are listed with their presence, those added last first, once however often they are added', async () => {
    const [ada, bob, carol] = [await register(), await register(), await register()];
    await users.ask('users.connectAll', { connections: [connectionOf(bob, 'g1')] });
    for (const other of [bob, carol, bob]) await users.ask('users.addContact', pair(ada, other));
    await users.ask('users.listBlocked', pair(ada, bob));
    const online = { ...bob, OnLine: true };
    expect(await page(ada)).toEqual({ contacts: [{ ...carol, OnLine: false }, online], blocked: [online] });
    expect(await page(bob)).toEqual({ contacts: [], blocked: [] });
    for (let n = 0; n < 2; n += 1) await users.ask('users.removeContact', pair(ada, bob));
    await users.ask('users.unlistBlocked', pair(ada, bob));
    expect(names((await page(ada)).contacts)).toEqual(names([carol]));
    expect((await page(ada)).blocked).toEqual([]);
    // Each change is told of, and what changes nothing is not.
    const told = () => changes.filter(({ userUUID }) => userUUID === ada.UUID);
    await eventually(() => expect(told()).toHaveLength(5));
    expect(
      told()
        .map(({ change }) => change)
        .sort(),
    ).toEqual(['contactAdd', 'contactAdd', 'block', 'contactRemove', 'unblock'].sort());
  });

  it('are named without their presence, those of many users at once, the newest ones', async () => {
    const [ada, bob, ...others] = await Promise.all(Array.from({ length: 5 }, register));
    for (const other of others) await users.ask('users.addContact', pair(ada!, other));
    await users.ask('users.addContact', pair(bob!, ada!));
    const named = new Map<number, unknown>();
    await users.askEach(
      'users.contactUUIDs',
      { users: [ada!.UUID, bob!.UUID, others[0]!.UUID], most: 2 },
      { count: 3, isRepeatable: true, take: (place, outcome) => void named.set(place, outcome) },
    );
    const newest = others.slice(1).map(({ UUID }) => UUID);
    expect([0, 1, 2].map((place) => named.get(place))).toEqual([
      { contacts: newest.reverse() },
      { contacts: [ada!.UUID] },
      { contacts: [] },
    ]);
  });

  it('come in pages, both lists in each, without a hole or a duplicate', async () => {
    const ada = await register();
    const others = await Promise.all(Array.from({ length: 5 }, register));
    for (const other of others) await users.ask('users.addContact', pair(ada, other));
    for (const other of others.slice(0, 3)) await users.ask('users.listBlocked', pair(ada, other));
    const found = { contacts: [] as string[], blocked: [] as string[] };
    let cursor: string | undefined;
    let pages = 0;
    do {
      const one = await page(ada, 2, cursor);
      found.contacts.push(...names(one.contacts));
      found.blocked.push(...names(one.blocked));
      cursor = one.cursor;
      pages += 1;
    } while (cursor !== undefined);
    expect(pages).toBe(3);
    expect(found.contacts).toEqual(names(others).reverse());
    expect(found.blocked).toEqual(names(others.slice(0, 3)).reverse());
    expect(await page(ada, 5)).not.toHaveProperty('cursor');
    for (const wrong of ['', 'x', '1/2/3', '-1/2', '1/', '9'.repeat(300)])
      await expect(page(ada, 2, wrong)).rejects.toMatchObject({ name: 'INVALID_FIELD' });
    for (const limit of [0, 101, Number.NaN])
      await expect(page(ada, limit)).rejects.toMatchObject({ name: 'INVALID_FIELD' });
  });

  it.each([
    ['users.addContact', 'contacts', 5],
    ['users.listBlocked', 'blocked', 3],
  ] as const)(
    '%s fills a list up to its bound, also from many requests at once',
    async (pattern, list, most) => {
      const ada = await register();
      const others = await Promise.all(Array.from({ length: 12 }, register));
      const adding = await Promise.allSettled(others.map((other) => users.ask(pattern, pair(ada, other))));
      const refused = adding.flatMap((each) => (each.status === 'rejected' ? [each.reason.name] : []));
      expect(refused).toEqual(Array(12 - most).fill('LIMIT_REACHED'));
      const listed = (await page(ada))[list];
      expect(listed).toHaveLength(most);
      // One who is there may be added again; a place that is free again may be taken.
      await users.ask(pattern, pair(ada, listed[0]!));
      const remove = list === 'contacts' ? 'users.removeContact' : 'users.unlistBlocked';
      await users.ask(remove, pair(ada, listed[0]!));
      await users.ask(pattern, pair(ada, await register()));
    },
  );

  it('are users, and not oneself', async () => {
    const [ada, nobody] = [await register(), person()];
    for (const pattern of ['users.addContact', 'users.listBlocked'] as const) {
      await expect(users.ask(pattern, pair(ada, nobody))).rejects.toMatchObject({ name: 'USER_NOT_FOUND' });
      await expect(users.ask(pattern, pair(ada, ada))).rejects.toMatchObject({ name: 'INVALID_FIELD' });
    }
    for (const pattern of ['users.removeContact', 'users.unlistBlocked'] as const)
      await expect(users.ask(pattern, pair(ada, nobody))).rejects.toMatchObject({ name: 'USER_NOT_FOUND' });
    expect(await client.keys(`*${ada.UUID}*`)).toEqual([]);
  });

  it('are told of for a request whose deadline has passed, if they are as it wanted them, and stay so', async () => {
    const [ada, bob] = [await register(), await register()];
    const told: ContactsChanged[] = [];
    const publish = (_: string, change: ContactsChanged) => Promise.resolve(void told.push(change));
    const repository = new ContactsRepository(client, keys, { contacts: 5, blocked: 3 });
    const service = new ContactsService(repository, {} as never, {} as never, { publish } as never);
    await service.tellAgain('contacts', pair(ada, bob), true, 'never done');
    await users.ask('users.addContact', pair(ada, bob));
    await service.tellAgain('contacts', pair(ada, bob), true, 'done');
    await service.tellAgain('contacts', pair(ada, bob), false, 'never done');
    expect(told).toEqual([{ ...pair(ada, bob), change: 'contactAdd', key: 'done' }]);
    expect(names((await page(ada)).contacts)).toEqual([bob.Username]);
  });

  it('go with an account, on its side and on that of others', async () => {
    const [ada, bob] = [await register(), await register()];
    for (const each of [pair(ada, bob), pair(bob, ada)]) {
      await users.ask('users.addContact', each);
      await users.ask('users.listBlocked', each);
    }
    await running.deleteAccount(bob.UUID);
    await eventually(async () =>
      expect(await client.exists(keys.lists.contacts(bob.UUID), keys.lists.blocked(bob.UUID))).toBe(0),
    );
    expect(await page(ada)).toEqual({ contacts: [], blocked: [] });
    // What was left out is gone: it no longer counts.
    expect(await client.exists(keys.lists.contacts(ada.UUID), keys.lists.blocked(ada.UUID))).toBe(0);
    // A request that was under way leaves nothing.
    await expect(users.ask('users.addContact', pair(bob, ada))).rejects.toMatchObject({
      name: 'USER_NOT_FOUND',
    });
    expect(await client.exists(keys.lists.contacts(bob.UUID))).toBe(0);
  });
});
