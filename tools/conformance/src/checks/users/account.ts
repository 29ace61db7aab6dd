import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { CLOSE_CODES } from '@parley/protocol';
import { section } from '../../check.js';
import { assertMatches, TIME, UUID } from '../../matching.js';
import type { Frame, Peer } from '../../peer.js';
import type { Member, World } from '../../world.js';
import { errorIn, errorNamed, sendFrame, signOutOf } from '../expectations.js';

const USERS = { type: 'users', users: { limit: 1 } };
const SESSIONS = { type: 'sessions' };
/** A server that has refused nothing after this many failures does not throttle. */
const PATIENCE = 300;

const change = (old: string, next: string): Frame => ({
  type: 'passwordChange',
  passwordChange: { old, new: next },
});
const end = (sessionsEnd: object): Frame => ({ type: 'sessionsEnd', sessionsEnd });
const remove = (password: string): Frame => ({ type: 'accountDelete', accountDelete: { password } });
const signInAs = ({ username }: Member, password: string): Frame => ({
  type: 'signIn',
  signIn: { username, password },
});

/** A user with three sessions: the first and the last on this replica, the second on the other one. */
async function threeSessions(world: World): Promise<[Member, Member, Member]> {
  const first = await world.join();
  return [first, await world.signInAgain(first, { url: world.otherUrl }), await world.signInAgain(first)];
}

async function isSignedOut(peer: Peer): Promise<void> {
  assert.equal(await peer.closeCode(), CLOSE_CODES.SIGNED_OUT_EVERYWHERE);
}

const uuidOf = async ({ peer }: Member): Promise<string> =>
  (await peer.ask(SESSIONS)).sessions.sessions.find(({ current }: Frame) => current)?.sessionUUID;

/** Protocol, section 3: the row of `passwordChange` and its like. */
export const accounts = section('3.12', 'Accounts', {
  'changes the password, on every replica': async (world) => {
    const member = await world.join();
    const next = world.newPassword();
    assertMatches(
      { type: 'passwordChange', passwordChange: { ended: 0 } },
      await member.peer.ask(change(member.password, next)),
    );
    const peer = await world.connect({ url: world.otherUrl });
    await errorNamed('WRONG_PASSWORD', peer, signInAs(member, member.password));
    assert.equal(
      (await world.signInAgain({ ...member, password: next }, { url: world.otherUrl })).userUUID,
      member.userUUID,
    );
  },
  'ends the other sessions with a changed password, and keeps its own': async (world) => {
    const [own, ...others] = await threeSessions(world);
    const { passwordChange } = await own.peer.ask(change(own.password, world.newPassword()));
    assert.equal(passwordChange.ended, 2);
    for (const { peer } of others) await isSignedOut(peer);
    assert.equal((await own.peer.ask(USERS)).type, 'users');
    const peer = await world.connect();
    for (const { accessKey } of others)
      await errorNamed('SESSION_EXPIRED', peer, { type: 'resume', resume: { accessKey } });
  },
  'is WRONG_PASSWORD for a wrong old password, and changes nothing': async (world) => {
    const [own, other] = await threeSessions(world);
    await errorNamed('WRONG_PASSWORD', own.peer, change(world.newPassword(), world.newPassword()));
    assert.equal((await other.peer.ask(USERS)).type, 'users');
    await world.signInAgain(own);
  },
  'throttles wrong old passwords like failed sign-ins': async (world) => {
    const member = await world.join({ localAddress: world.ownLoopbackAddress() });
    for (let failures = 0; failures < PATIENCE; failures += 1) {
      const answer = await member.peer.ask(change(world.newPassword(), world.newPassword()));
      if (answer.error?.name === 'RATE_LIMITED') return void assert.ok(answer.error.retryAfterMs > 0);
      errorIn(answer, 'WRONG_PASSWORD');
    }
    throw new Error(`${PATIENCE} wrong passwords were not throttled`);
  },
  'lists the sessions of the user, and marks its own': async (world) => {
    const [own, ...others] = await threeSessions(world);
    const stranger = await world.join();
    const { sessions } = await own.peer.ask(SESSIONS);
    assert.equal(sessions.total, 3);
    const shape = { sessionUUID: UUID, usedAt: TIME, expiresAt: TIME };
    for (const session of sessions.sessions) assertMatches(shape, session);
    assert.equal(sessions.sessions.filter(({ current }: Frame) => current).length, 1);
    const listed = new Set(sessions.sessions.map(({ sessionUUID }: Frame) => sessionUUID));
    for (const member of [own, ...others]) assert.ok(listed.has(await uuidOf(member)));
    assert.equal(listed.has(await uuidOf(stranger)), false);
  },
  'ends the sessions that are named, and no others': async (world) => {
    const [own, second, third] = await threeSessions(world);
    const stranger = await world.join();
    const sessionUUIDs = [await uuidOf(second), await uuidOf(stranger)];
    assert.equal((await own.peer.ask(end({ sessionUUIDs }))).sessionsEnd.ended, 1);
    await isSignedOut(second.peer);
    for (const { peer } of [own, third, stranger]) assert.equal((await peer.ask(USERS)).type, 'users');
    assert.equal((await own.peer.ask(SESSIONS)).sessions.total, 2);
  },
  'ends all sessions, its own after the answer': async (world) => {
    const [own, ...others] = await threeSessions(world);
    const witness = await world.join();
    assert.equal((await own.peer.ask(end({ all: true }))).sessionsEnd.ended, 3);
    for (const { peer } of [own, ...others]) await isSignedOut(peer);
    await witness.peer.next(signOutOf(own.userUUID), 'sys signOut');
    const peer = await world.connect({ url: world.otherUrl });
    await errorNamed('SESSION_EXPIRED', peer, { type: 'resume', resume: { accessKey: own.accessKey } });
    await world.signInAgain(own);
  },
  'is INVALID_FIELD unless it is told which sessions to end, in one way': async (world) => {
    const { peer } = await world.join();
    const sessionUUIDs = [randomUUID()];
    const wrong = [
      {},
      { all: false },
      { sessionUUIDs: [] },
      { sessionUUIDs: ['x'] },
      { all: true, sessionUUIDs },
    ];
    for (const payload of wrong) await errorNamed('INVALID_FIELD', peer, end(payload));
    assert.equal((await peer.ask(USERS)).type, 'users');
  },
  'deletes no account by a wrong password': async (world) => {
    const member = await world.join();
    const error = await errorNamed('WRONG_PASSWORD', member.peer, remove(world.newPassword()));
    assert.deepEqual(error.payload.accountDelete, {});
    await world.signInAgain(member);
  },
  'deletes an account: every session ends, and the name stays taken': async (world) => {
    const [own, ...others] = await threeSessions(world);
    const witness = await world.join();
    assertMatches({ accountDelete: { uuid: own.userUUID } }, await own.peer.ask(remove(own.password)));
    for (const { peer } of [own, ...others]) await isSignedOut(peer);
    await witness.peer.next(signOutOf(own.userUUID), 'sys signOut');
    const peer = await world.connect({ url: world.otherUrl });
    await errorNamed('WRONG_PASSWORD', peer, signInAs(own, own.password));
    const signUp = { username: own.username, password: own.password };
    await errorNamed('USERNAME_TAKEN', peer, { type: 'signUp', signUp });
    await errorNamed('SESSION_EXPIRED', peer, { type: 'resume', resume: { accessKey: own.accessKey } });
  },
  'lets nobody write to a deleted account': async (world) => {
    const [gone, other] = [await world.join(), await world.join({ url: world.otherUrl })];
    assert.equal((await other.peer.ask(sendFrame('before', gone.userUUID))).type, 'ack');
    await gone.peer.ask(remove(gone.password));
    const refused = (answer: Frame) => answer.error?.name === 'USER_NOT_FOUND';
    await world.until(other.peer, sendFrame('after', gone.userUUID), refused);
  },
});
