import assert from 'node:assert/strict';
import { LIMITS, type User } from '@parley/protocol';
import { section } from '../../check.js';
import { BOOLEAN, COUNT, differences, TEXT, UUID } from '../../matching.js';
import type { Peer } from '../../peer.js';
import { errorNamed, signOutOf } from '../expectations.js';

/** The whole directory, page by page. */
async function everyUser(peer: Peer, limit: number = LIMITS.usersPerPage): Promise<User[]> {
  const all: User[] = [];
  for (;;) {
    const { users } = await peer.ask({ type: 'users', users: { offset: all.length, limit } });
    all.push(...users.users);
    if (users.received < limit) return all;
  }
}

/** How the directory shows one user. */
async function shown(peer: Peer, userUUID: string): Promise<User | undefined> {
  return (await everyUser(peer)).find(({ UUID: uuid }) => uuid === userUUID);
}

/** Protocol, section 2: the row of `users`. */
export const users = section('2.5', 'users', {
  'answers with total, received and the users, each with id, name and presence only': async (world) => {
    const { peer } = await world.join();
    const { users: page } = await peer.ask({ type: 'users' });
    const user = { UUID, Username: TEXT, OnLine: BOOLEAN };
    assert.deepEqual(differences({ total: COUNT, received: COUNT, users: [user] }, page), []);
    for (const one of page.users) assert.deepEqual(Object.keys(one).sort(), ['OnLine', 'UUID', 'Username']);
    assert.equal(page.users.length, page.received);
    assert.equal(page.received, Math.min(page.total, LIMITS.usersPerPage));
  },
  'shows every user once across all pages': async (world) => {
    const mine = [await world.join(), await world.join(), await world.join()];
    const everybody = await everyUser(mine[0]!.peer);
    for (const { userUUID, username } of mine) {
      const found = everybody.filter(({ UUID: uuid }) => uuid === userUUID);
      assert.deepEqual(found, [{ UUID: userUUID, Username: username, OnLine: true }]);
    }
  },
  'honours offset and limit': async (world) => {
    const { peer } = await world.join();
    await world.join();
    const pages = [];
    for (const offset of [0, 1]) {
      pages.push((await peer.ask({ type: 'users', users: { offset, limit: 1 } })).users);
    }
    assert.deepEqual(
      pages.map(({ received }) => received),
      [1, 1],
    );
    assert.notEqual(pages[0].users[0].UUID, pages[1].users[0].UUID);
    const both = (await peer.ask({ type: 'users', users: { limit: 2 } })).users.users;
    const ids = (list: User[]) => list.map(({ UUID: uuid }) => uuid);
    assert.deepEqual(
      ids(both),
      pages.flatMap((page) => ids(page.users)),
    );
  },
  'answers with an empty page beyond the last user': async (world) => {
    const { peer } = await world.join();
    const { users: page } = await peer.ask({ type: 'users', users: { offset: 1e12 } });
    assert.deepEqual([page.received, page.users], [0, []]);
    assert.ok(page.total >= 1);
  },
  'refuses an offset or limit out of bounds': async (world) => {
    const { peer } = await world.join();
    for (const limit of [0, -1, 1.5, LIMITS.usersPerPage + 1, '5', null, true]) {
      const { message } = await errorNamed('INVALID_FIELD', peer, { type: 'users', users: { limit } });
      assert.match(message, /limit/);
      await peer.fence();
    }
    for (const offset of [-1, 0.5, '0', null, 2 ** 60]) {
      const { message } = await errorNamed('INVALID_FIELD', peer, { type: 'users', users: { offset } });
      assert.match(message, /offset/);
      await peer.fence();
    }
  },
  'shows a user offline after their last connection has gone': async (world) => {
    const [watcher, member] = [await world.join(), await world.join()];
    const second = await world.signInByPair(member, { url: world.otherUrl });
    await member.peer.close();
    assert.equal((await shown(watcher.peer, member.userUUID))?.OnLine, true);
    await second.peer.close();
    await watcher.peer.next(signOutOf(member.userUUID), 'sys signOut');
    await offline(watcher.peer, member.userUUID, world.timeoutMs);
  },
  'shows a user offline after signing out': async (world) => {
    const [watcher, member] = [await world.join(), await world.join()];
    await member.peer.ask({ type: 'signOut' });
    await offline(watcher.peer, member.userUUID, world.timeoutMs);
  },
});

/**
 * Asks until the directory shows the user offline, because presence is published a moment after the connection has
 * ended.
 */
async function offline(peer: Peer, userUUID: string, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while ((await shown(peer, userUUID))?.OnLine) {
    assert.ok(performance.now() < deadline, 'the user stays online');
  }
}
