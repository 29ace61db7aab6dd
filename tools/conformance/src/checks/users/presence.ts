import assert from 'node:assert/strict';
import type { User } from '@parley/protocol';
import { section } from '../../check.js';
import type { Account, Frame, Peer } from '../../peer.js';
import type { World } from '../../world.js';
import { resume } from '../conversation.js';
import { joinFrame, signInOf, signOutOf } from '../expectations.js';

/** What everyone is told of a user: how often of a sign-in and of a sign-out. */
const toldOf = ({ userUUID }: Account, peer: Peer): number[] =>
  [signInOf, signOutOf].map((wanted) => peer.count(wanted(userUUID)));

/** Whether those in the private channel with a user see that user online. */
const seenOnline = ({ channelJoin: { users } }: Frame, { userUUID }: Account): boolean =>
  users.find(({ UUID: uuid }: User) => uuid === userUUID).OnLine;

const isOnline = async (witness: Peer, account: Account): Promise<boolean> =>
  seenOnline(await witness.ask(joinFrame(account.userUUID)), account);

/** Resolves when they see that user offline: channels learn of presence a moment later. */
const offline = (world: World, witness: Peer, account: Account) =>
  world.until(witness, joinFrame(account.userUUID), (answer) => !seenOnline(answer, account));

/** A new user whom the witness has been told of, and the witness. */
async function watched(world: World) {
  const [witness, member] = [await world.join({ url: world.otherUrl }), await world.join()];
  await witness.peer.next(signInOf(member.userUUID), 'sys signIn');
  return { witness, member };
}

/** Protocol, section 2: `sys` of signing in and out, for users with several connections. */
export const presence = section('2.14', 'Presence', {
  'tells of a second session nobody but its own connection': async (world) => {
    const { witness, member } = await watched(world);
    const second = await world.signInAgain(member, { url: world.otherUrl });
    await second.peer.next(signInOf(member.userUUID), 'sys signIn');
    await world.curtain(witness, member, second);
    const counts = [witness, member, second].map(({ peer }) => toldOf(member, peer));
    assert.deepEqual(counts, Array(3).fill([1, 0]));
  },
  'tells nobody of another connection that a pair or a `resume` signs in': async (world) => {
    const { witness, member } = await watched(world);
    await world.enter(member, { url: world.otherUrl });
    await resume(await world.connect(), member, []);
    await world.curtain(witness);
    assert.deepEqual(toldOf(member, witness.peer), [1, 0]);
  },
  'tells of a sign-out when the last session goes, at once': async (world) => {
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
  'tells of a sign-out once when a session with several connections goes': async (world) => {
    const { witness, member } = await watched(world);
    await world.enter(member);
    await world.enter(member, { url: world.otherUrl });
    await member.peer.ask({ type: 'signOut' });
    await witness.peer.next(signOutOf(member.userUUID), 'sys signOut');
    await world.curtain(witness);
    assert.deepEqual(toldOf(member, witness.peer), [1, 1]);
  },
  'tells of each coming and going': async (world) => {
    const { witness, member } = await watched(world);
    for (const times of [1, 2, 3]) {
      const { peer } = times === 1 ? member : await world.signInAgain(member);
      await peer.ask({ type: 'signOut' });
      await world.curtain(witness);
      assert.deepEqual(toldOf(member, witness.peer), [times, times]);
    }
  },
  'tells of those who were signed in and whose connection becomes another user': async (world) => {
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
  'is not changed by a connection that is lost and comes back within seconds': async (world) => {
    const { witness, member } = await watched(world);
    const other = await world.join();
    await member.peer.close();
    const back = await world.enter(member, { url: world.otherUrl });
    await back.peer.close();
    await resume(await world.connect(), member, []);
    await other.peer.close();
    // Whoever is lost later is missed later: by then the one who has come back would have been, too.
    await witness.peer.next(signOutOf(other.userUUID), 'sys signOut of one who stays away');
    await world.curtain(witness);
    assert.deepEqual([toldOf(member, witness.peer), await isOnline(witness.peer, member)], [[1, 0], true]);
  },
  'is told once when the last connection is lost and nobody comes back': async (world) => {
    const { witness, member } = await watched(world);
    const second = await world.enter(member, { url: world.otherUrl });
    for (const { peer } of [member, second]) peer.socket.terminate();
    await witness.peer.next(signOutOf(member.userUUID), 'sys signOut');
    await offline(world, witness.peer, member);
    await world.curtain(witness);
    assert.deepEqual(toldOf(member, witness.peer), [1, 1]);
  },
  'tells of those who stayed away and come back by a pair or by `resume`': async (world) => {
    const witness = await world.join({ url: world.otherUrl });
    const members = [await world.join(), await world.join()] as const;
    for (const { peer } of members) await peer.close();
    for (const { userUUID } of members) await witness.peer.next(signOutOf(userUUID), 'sys signOut');
    await world.enter(members[0]);
    await resume(await world.connect(), members[1], []);
    await world.curtain(witness);
    for (const member of members) assert.deepEqual(toldOf(member, witness.peer), [2, 1]);
  },
});
