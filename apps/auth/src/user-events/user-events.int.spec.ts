import { randomUUID } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type NotedUserEvent, sessionUUIDOf, type UserEventKind } from '@parley/contracts';
import { createLogger } from '@parley/service-kit';
import { testRedis } from '@parley/testing';
import { AuthKeys } from '../redis/keys.js';
import { SessionRepository } from '../session.repository.js';
import { EventKinds } from './event-kinds.js';
import { ToldUsers } from './told-users.js';
import { UserEvents } from './user-events.js';

const { prefix, connect } = testRedis();
const redis = connect();
afterAll(() => redis.quit());

/** The users service, as far as this asks it. */
class Users {
  readonly noted: NotedUserEvent[] = [];
  kinds: UserEventKind[] = ['account', 'session'];
  isAway = false;

  async ask(pattern: string, request: unknown): Promise<never> {
    if (this.isAway) throw new Error('away');
    if (pattern === 'users.userEventKinds') return { kinds: this.kinds } as never;
    this.noted.push(...(request as { events: NotedUserEvent[] }).events);
    return {} as never;
  }
}

describe('what happens to users in auth', () => {
  let keys: AuthKeys;
  let users: Users;
  const ada = { UUID: randomUUID(), Username: 'ada' };
  beforeEach(() => {
    keys = new AuthKeys(`${prefix}-${randomUUID()}`);
    users = new Users();
  });

  /** What a replica has of it. */
  async function replica() {
    const kinds = new EventKinds(redis, keys, users);
    await kinds.onModuleInit();
    await kinds.ask();
    kinds.onModuleDestroy();
    const told = new ToldUsers(redis, keys, kinds);
    const store = new SessionRepository(redis, keys, { ttlMs: 60_000, perUser: 10 }, told);
    const events = new UserEvents(told, users, createLogger('auth', 'silent'));
    return { kinds, told, store, events };
  }
  const types = () => users.noted.map(({ type }) => type);

  it('is told in order, once for each change', async () => {
    const { store, events } = await replica();
    await store.create(ada, 'session-1');
    await store.create(ada, 'session-2');
    await store.end({ userUUID: ada.UUID, sessionId: 'session-1' });
    await store.end({ userUUID: ada.UUID, sessionId: 'session-1' });
    await store.bar(ada.UUID, 'banned');
    await store.bar(ada.UUID, 'banned');
    await store.endAll(ada.UUID);
    await store.unbar(ada.UUID, 'banned');
    await store.unbar(ada.UUID, 'banned');
    await store.bar(ada.UUID, 'disabled');
    await store.unbar(ada.UUID, 'disabled');
    await store.bar(ada.UUID, 'deleted');
    await events.look();
    expect(types()).toEqual([
      ...['session.ended', 'account.banned', 'session.ended', 'account.unbanned'],
      ...['account.disabled', 'account.enabled'],
    ]);
    expect(users.noted[0]).toMatchObject({
      ...{ userUUID: ada.UUID, sessionUUID: sessionUUIDOf('session-1') },
      ...{ key: expect.stringMatching(/^auth \d+-\d+$/), at: expect.any(Number) },
    });
    await events.look();
    expect(users.noted).toHaveLength(6);
    expect(await redis.xlen(keys.toldOf(ada.UUID))).toBe(0);
  });

  it('is told by another replica, if the one that made the change has died', async () => {
    const [died, other] = [await replica(), await replica()];
    await died.store.bar(ada.UUID, 'banned');
    await other.events.look(Date.now());
    expect(types()).toEqual(['account.banned']);
  });

  it('is told later, if the users service is away, also by a replica that starts meanwhile', async () => {
    const { store, events } = await replica();
    users.isAway = true;
    await store.bar(ada.UUID, 'banned');
    await expect(events.look()).rejects.toThrow('away');
    const late = await replica();
    await late.store.unbar(ada.UUID, 'banned');
    users.isAway = false;
    await events.look(Date.now());
    expect(types()).toEqual(['account.banned', 'account.unbanned']);
  });

  it('leaves no note of a user of whom everything is told', async () => {
    const { store, events, told } = await replica();
    await store.bar(ada.UUID, 'banned');
    await events.look();
    const [user] = await told.noted(Date.now(), 10);
    await told.forget(user!);
    expect(await redis.zcard(keys.told())).toBe(1);
    await told.forget(user!, Date.now() + 120_000);
    expect(await redis.zcard(keys.told())).toBe(0);
    await told.note(ada.UUID);
    await told.forget({ userUUID: ada.UUID, notedAt: '1' }, Date.now() + 120_000);
    expect(await redis.zcard(keys.told())).toBe(1);
  });

  it('is written down for nobody, if nobody asks for it', async () => {
    users.kinds = [];
    const { store } = await replica();
    await store.bar(ada.UUID, 'banned');
    await store.endAll(ada.UUID);
    expect(await redis.exists(keys.told(), keys.toldOf(ada.UUID))).toBe(0);
  });
});
