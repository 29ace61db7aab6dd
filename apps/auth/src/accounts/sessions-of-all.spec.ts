import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { SessionEnded, UsersContract } from '@parley/contracts';
import type { ServiceClient } from '@parley/service-kit';
import { InMemorySessions } from '../fixtures/in-memory-sessions.js';
import { SessionEnds } from './session-ends.js';
import { SessionsOfAll, USERS_PER_PAGE } from './sessions-of-all.js';

describe('SessionsOfAll', () => {
  let directory: { UUID: string; Username: string; OnLine: boolean }[];
  let sessions: InMemorySessions;
  let told: SessionEnded[];
  let all: SessionsOfAll;

  beforeEach(async () => {
    directory = Array.from({ length: 2 * USERS_PER_PAGE + 1 }, (_, n) => {
      return { UUID: randomUUID(), Username: `user ${n}`, OnLine: false };
    });
    sessions = new InMemorySessions({ ttlMs: 60_000, perUser: 10 });
    for (const user of directory) await sessions.create(user, `session of ${user.UUID}`);
    told = [];
    const users = {
      ask: async (_: string, { offset, limit }: { offset: number; limit: number }) => ({
        total: directory.length,
        users: directory.slice(offset, offset + limit),
      }),
    } as unknown as ServiceClient<UsersContract>;
    const events = { publish: async (_: string, event: unknown) => void told.push(event as SessionEnded) };
    all = new SessionsOfAll(users, new SessionEnds(sessions, events));
  });

  const isAlive = async ({ UUID }: { UUID: string }) =>
    (await sessions.keep({ userUUID: UUID, sessionId: `session of ${UUID}` })) !== undefined;
  const alive = async (users = directory) => (await Promise.all(users.map(isAlive))).filter(Boolean).length;

  it('ends every session page by page, from the newest user to the oldest, and tells the gateways why', async () => {
    const first = await all.endPage();
    expect(first).toEqual({ users: USERS_PER_PAGE, ended: USERS_PER_PAGE, left: USERS_PER_PAGE + 1 });
    expect(await alive(directory.slice(0, first.left))).toBe(first.left);
    const second = await all.endPage(first.left);
    expect(await all.endPage(second.left)).toEqual({ users: 1, ended: 1, left: 0 });
    expect(await alive()).toBe(0);
    expect(told).toHaveLength(directory.length);
    expect(new Set(told.map(({ reason }) => reason))).toEqual(new Set(['ended']));
  });

  it('misses nobody when users are deleted or sign up between two pages', async () => {
    const before = [...directory];
    let { left } = await all.endPage();
    directory.splice(0, 7);
    directory.push({ UUID: randomUUID(), Username: 'new', OnLine: false });
    while (left > 0) ({ left } = await all.endPage(left));
    expect(await alive(before.slice(7))).toBe(0);
  });

  it('has nothing to do without users', async () => {
    directory = [];
    expect(await all.endPage()).toEqual({ users: 0, ended: 0, left: 0 });
  });
});
