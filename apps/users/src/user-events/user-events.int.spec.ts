import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { UserEvent, UserEventKind, UsersContract } from '@parley/contracts';
import type { ServiceClient } from '@parley/service-kit';
import { eventually, testRedis } from '@parley/testing';
import { person } from '../fixtures/people.js';
import { RunningUsers } from '../fixtures/running-users.js';
import { noteTold } from '../profiles/redis/note-told.js';
import { setProfile } from '../profiles/redis/set-profile.js';
import { UsersKeys } from '../redis/keys.js';
import { slotOf } from '../slots.js';

describe('what happens to users', () => {
  const place = testRedis();
  const redis = place.connect();
  const keys = new UsersKeys(place.prefix);
  let running: RunningUsers;
  let users: ServiceClient<UsersContract>;
  beforeEach(async () => {
    running = new RunningUsers(place);
    users = running.client();
    await running.replica();
  });
  afterEach(async () => {
    await running.stop();
    await redis.del(keys.directory.told(), keys.directory.toldKinds(), keys.presence.told());
  });

  afterAll(() => redis.quit());

  const fetch = (kinds: readonly UserEventKind[], after: Record<string, string> = {}) =>
    users.ask('users.userEvents', { kinds, after });
  const typesOf = (events: readonly UserEvent[], UUID: string) =>
    events.filter(({ user }) => user.UUID === UUID).map(({ type }) => type);
  const connectionOf = (user: { UUID: string; Username: string }) => ({
    ...{ gatewayId: 'gateway-1', connectionId: randomUUID(), user },
  });
  const connect = (...connections: ReturnType<typeof connectionOf>[]) =>
    users.ask('users.connectAll', { connections });
  const disconnect = (...connections: ReturnType<typeof connectionOf>[]) =>
    users.ask('users.disconnectAll', { connections });

  it('is written down for nobody until somebody asks for it, and by its kind', async () => {
    const ada = await users.ask('users.register', person());
    await connect(connectionOf(ada));
    expect(await redis.exists(keys.directory.told(), keys.presence.told())).toBe(0);
    expect(await fetch(['account'])).toEqual({ events: [], more: false });
    const bob = await users.ask('users.register', person());
    await connect(connectionOf(bob));
    const { events } = await fetch(['account']);
    expect(events).toMatchObject([{ type: 'account.created', user: bob, stream: 'directory' }]);
    expect(await redis.exists(keys.presence.told())).toBe(0);
    expect((await users.ask('users.userEventKinds', {})).kinds).toEqual(['account']);
  });

  it('is an arrival and a departure for each real change of a user, and not for each connection', async () => {
    await fetch(['user']);
    const ada = await users.ask('users.register', person());
    const [one, other] = [connectionOf(ada), connectionOf(ada)];
    await connect(one);
    await connect(one, other);
    await disconnect(one);
    await disconnect(other, other);
    await connect(one);
    await users.ask('users.endLease', { gatewayId: 'gateway-1' });
    const { events } = await fetch(['user']);
    expect(typesOf(events, ada.UUID)).toEqual([
      ...['user.online', 'user.offline', 'user.online', 'user.offline'],
    ]);
    expect(events[0]).toMatchObject({ user: ada, at: expect.any(Number) });
  });

  it('is the life of an account: made, renamed, deleted; in order, before the arrival that follows', async () => {
    await fetch(['user', 'account']);
    const ada = await users.ask('users.register', person());
    await users.ask('users.register', ada);
    await connect(connectionOf(ada));
    const renamed = await users.ask('users.rename', { ...ada, Username: `${ada.Username} II` });
    await users.ask('users.rename', renamed);
    await running.deleteAccount(ada.UUID);
    const { events } = await eventually(async () => {
      const page = await fetch(['user', 'account']);
      return page.events.some(({ type }) => type === 'account.deleted') && page;
    });
    expect(typesOf(events, ada.UUID)).toEqual([
      ...['account.created', 'account.updated', 'account.deleted', 'user.online'],
    ]);
    expect(events.map(({ user }) => user.Username)).toEqual([
      ...[ada.Username, renamed.Username, renamed.Username, undefined],
    ]);
  });

  it('is each change of what an identity provider says of a user, and nothing that stays as it was', async () => {
    const ada = await users.ask('users.register', person());
    await fetch(['account']);
    const Picture = 'https://id.example.test/ada.png';
    const said = [{ Name: 'Ada' }, { Name: 'Ada', Picture }, { Name: 'Ada', Picture }, { Picture }, {}, {}];
    for (const profile of said) await users.ask('users.setProfile', { UUID: ada.UUID, ...profile });
    const { events } = await fetch(['account']);
    expect(events.map(({ type, user }) => [type, user])).toEqual(Array(4).fill(['account.updated', ada]));
    expect(new Set(events.map(({ key }) => key)).size).toBe(4);
    expect(await running.profileFields()).toBe(0);
  });

  it('is told by the request that is repeated, if the replica has died after a change', async () => {
    const ada = await users.ask('users.register', person());
    await fetch(['account']);
    const profiles = keys.directoryOf(slotOf(ada.UUID)).profiles;
    const change = { profiles, UUID: ada.UUID, profile: JSON.stringify({ Name: 'Ada' }), mark: 'm-1' };
    expect(await setProfile(redis, change)).toBe('m-1');
    for (let n = 0; n < 2; n += 1) await users.ask('users.setProfile', { UUID: ada.UUID, Name: 'Ada' });
    const { events } = await fetch(['account']);
    expect(events).toMatchObject([{ type: 'account.updated', user: ada, key: 'm-1' }]);
    await running.deleteAccount(ada.UUID);
    await eventually(async () => (await running.profileFields()) === 0);
  });

  it('keeps a later change marked when an earlier one is told', async () => {
    const change = { profiles: `${place.prefix}:marks`, UUID: 'u', profile: '{}', mark: 'm-1' };
    await setProfile(redis, change);
    await setProfile(redis, { ...change, profile: '', mark: 'm-2' });
    await noteTold(redis, change);
    expect(await redis.hgetall(change.profiles)).toEqual({ 'u:untold': 'm-2' });
    await noteTold(redis, { ...change, mark: 'm-2' });
    expect(await redis.exists(change.profiles)).toBe(0);
  });

  it('is there until it is known to be fetched, and then gone', async () => {
    await fetch(['account']);
    for (let n = 0; n < 3; n += 1) await users.ask('users.register', person());
    const first = await fetch(['account']);
    expect((await fetch(['account'])).events).toEqual(first.events);
    const after = { directory: first.events.at(-1)!.id };
    expect(await fetch(['account'], after)).toEqual({ events: [], more: false });
    await users.ask('users.register', person());
    expect((await fetch(['account'], after)).events).toHaveLength(1);
    expect(await redis.xlen(keys.directory.told())).toBe(1);
    expect(await redis.pttl(keys.directory.told())).toBeGreaterThan(0);
  });

  it('is also what auth has noted, under its own key', async () => {
    const ada = await users.ask('users.register', person());
    await fetch(['account', 'session']);
    const noted = [
      { key: 'auth 1-0', type: 'account.banned', userUUID: ada.UUID, at: 1_000 },
      { key: 'auth 2-0', type: 'session.ended', userUUID: ada.UUID, at: 2_000, sessionUUID: 's-1' },
    ] as const;
    await users.ask('users.noteUserEvents', { events: noted });
    expect((await fetch(['account', 'session'])).events).toMatchObject([
      { type: 'account.banned', key: 'auth 1-0', at: 1_000, user: ada },
      { type: 'session.ended', key: 'auth 2-0', at: 2_000, sessionUUID: 's-1' },
    ]);
  });

  it('comes in pages, accounts first', async () => {
    await fetch(['account']);
    const told = keys.directory.told();
    const pipeline = redis.pipeline();
    for (let n = 0; n < 501; n += 1)
      pipeline.xadd(told, '*', 't', 'account.created', 'u', `${n}`, 'n', `${n}`);
    await pipeline.exec();
    const { events, more } = await fetch(['account']);
    expect([events.length, more]).toEqual([500, true]);
    const rest = await fetch(['account'], { directory: events.at(-1)!.id });
    expect([rest.events.length, rest.more]).toEqual([1, false]);
  });
});
