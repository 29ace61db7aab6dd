import assert from 'node:assert/strict';
import type { User } from '@parley/protocol';
import { section } from '../../check.js';
import type { Account, Frame, Peer } from '../../peer.js';
import type { World } from '../../world.js';
import { resume } from '../conversation.js';
import { joinFrame, signInOf, signOutOf } from '../expectations.js';

/** How often everyone is told of a user's sign-in and of their sign-out. */
const toldOf = ({ userUUID }: Account, peer: Peer): number[] =>
  [signInOf, signOutOf].map((wanted) => peer.count(wanted(userUUID)));

/** Whether those in the private channel with a user see that user online. */
const seenOnline = ({ channelJoin: { users } }: Frame, { userUUID }: Account): boolean =>
  users.find(({ UUID: uuid }: User) => uuid === userUUID).OnLine;

const isOnline = async (witness: Peer, account: Account): Promise<boolean> =>
  seenOnline(await witness.ask(joinFrame(account.userUUID)), account);

/** Resolves when they see that user offline. Channels learn of presence a moment later. */
const offline = (world: World, witness: Peer, account: Account) =>
  world.until(witness, joinFrame(account.userUUID), (answer) => !seenOnline(answer, account));

/** A new user whom the witness has been told of, and the witness. */
async function watched(world: World) {
  const [witness, member] = [await world.join({ url: world.otherUrl }), await world.join()];
  await witness.peer.next(signInOf(member.userUUID), 'sys signIn');
  return { witness, member };
}

/** How long a user may be away who comes back within seconds. */
const MOMENTS_MS = 1_000;

/** A user whose connection is lost twice and comes back. @returns what others were told, and how long each was away at most. */
async function awayForMoments(world: World) {
  const { witness, member } = await watched(world);
  const other = await world.join();
  const lost = performance.now();
  await member.peer.close();
  const back = await world.signInByPair(member, { url: world.otherUrl });
  const lostAgain = performance.now();
  await back.peer.close();
  await resume(await world.connect(), member, []);
  const awayMs = Math.max(lostAgain - lost, performance.now() - lostAgain);
  await other.peer.close();
  // A user lost later times out later. By the time that sign-out is told, the returned user's would have been told too.
  await witness.peer.next(signOutOf(other.userUUID), 'sys signOut of one who stays away');
  await world.curtain(witness);
  return { counts: toldOf(member, witness.peer), sees: await isOnline(witness.peer, member), awayMs };
}

/** Protocol, section 2: `sys` for sign-ins and sign-outs of users with several connections. */
export const presence = section('2.14', 'Presence', {
  'tells only its own connection of a second session': async (world) => {
    const { witness, member } = await watched(world);
    const second = await world.signInAgain(member, { url: world.otherUrl });
    await second.peer.next(signInOf(member.userUUID), 'sys signIn');
    await world.curtain(witness, member, second);
    const counts = [witness, member, second].map(({ peer }) => toldOf(member, peer));
    assert.deepEqual(counts, Array(3).fill([1, 0]));
  },
  'tells nobody when a pair or a `resume` signs in another connection': async (world) => {
    const { witness, member } = await watched(world);
    await world.signInByPair(member, { url: world.otherUrl });
    await resume(await world.connect(), member, []);
    await world.curtain(witness);
    assert.deepEqual(toldOf(member, witness.peer), [1, 0]);
  },
  'tells of a sign-out at once when the last session ends': async (world) => {
    const { witness, member } = await watched(world);
    const second = await world.signInAgain(member, { url: world.otherUrl });
    await member.peer.ask({ type: 'signOut' });
    await world.curtain(witness);
    assert.deepEqual([toldOf(member, witness.peer), await isOnline(witness.peer, member)], [[1, 0], true]);
    await second.peer.ask({ type: 'signOut' });
    await offline(world, witness.peer, member);
    await world.curtain(witness);
    assert.deepEqual(toldOf(member, witness.peer), [1, 1]);
  },
  'tells of a sign-out once when a session with several connections ends': async (world) => {
    const { witness, member } = await watched(world);
    await world.signInByPair(member);
    await world.signInByPair(member, { url: world.otherUrl });
    await member.peer.ask({ type: 'signOut' });
    await witness.peer.next(signOutOf(member.userUUID), 'sys signOut');
    await world.curtain(witness);
    assert.deepEqual(toldOf(member, witness.peer), [1, 1]);
  },
  'tells of each sign-in and sign-out': async (world) => {
    const { witness, member } = await watched(world);
    for (const times of [1, 2, 3]) {
      const { peer } = times === 1 ? member : await world.signInAgain(member);
      await peer.ask({ type: 'signOut' });
      await world.curtain(witness);
      assert.deepEqual(toldOf(member, witness.peer), [times, times]);
    }
  },
  "tells of a sign-out when a user's connection changes to another user": async (world) => {
    const { witness, member } = await watched(world);
    const next = await world.signUpOn(member.peer);
    await world.curtain(witness);
    assert.deepEqual(
      [toldOf(member, witness.peer), toldOf(next, witness.peer)],
      [
        [1, 1],
        [1, 0],
      ],
    );
  },
  'does not change when a connection is lost and comes back within seconds': async (world) => {
    for (let tries = 1; ; tries += 1) {
      const { counts, sees, awayMs } = await awayForMoments(world);
      // On a busy machine the user may come back too late, which says nothing about the server.
      if (awayMs > MOMENTS_MS && tries < 5) continue;
      assert.deepEqual([counts, sees], [[1, 0], true]);
      return;
    }
  },
  'is told once when the last connection is lost and does not come back': async (world) => {
    const { witness, member } = await watched(world);
    const second = await world.signInByPair(member, { url: world.otherUrl });
    for (const { peer } of [member, second]) peer.socket.terminate();
    await witness.peer.next(signOutOf(member.userUUID), 'sys signOut');
    await offline(world, witness.peer, member);
    await world.curtain(witness);
    assert.deepEqual(toldOf(member, witness.peer), [1, 1]);
  },
  'tells of users who stayed away and then return with a pair or a `resume`': async (world) => {
    const witness = await world.join({ url: world.otherUrl });
    const members = [await world.join(), await world.join()] as const;
    for (const { peer } of members) await peer.close();
    for (const { userUUID } of members) await witness.peer.next(signOutOf(userUUID), 'sys signOut');
    await world.signInByPair(members[0]);
    await resume(await world.connect(), members[1], []);
    await world.curtain(witness);
    for (const member of members) assert.deepEqual(toldOf(member, witness.peer), [2, 1]);
  },
});
