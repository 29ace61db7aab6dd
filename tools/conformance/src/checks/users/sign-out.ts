import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { section } from '../../check.js';
import { assertMatches } from '../../matching.js';
import { authorizedOf, pairOf } from '../../world.js';
import { errorNamed, joinFrame, leaveOf, saying, sendFrame, signOutOf } from '../expectations.js';

const USERS = { type: 'users', users: { limit: 1 } };

/** Protocol, section 2: the row of `signOut`. */
export const signOut = section('2.4', 'signOut', {
  'is answered with the user, with or without a body': async (world) => {
    for (const body of [{}, { signOut: {} }, { signOut: { uuid: randomUUID() } }]) {
      const { peer, userUUID } = await world.join();
      const answer = await peer.ask({ type: 'signOut', ...body });
      assertMatches({ type: 'signOut', signOut: { uuid: userUUID } }, answer);
    }
  },
  'leaves the connection open and not signed in': async (world) => {
    const { peer, username, password, userUUID } = await world.join();
    await peer.ask({ type: 'signOut' });
    await errorNamed('NOT_SIGNED_IN', peer, USERS);
    await errorNamed('NOT_SIGNED_IN', peer, { type: 'signOut' });
    const again = await peer.ask({ type: 'signIn', signIn: { username, password } });
    assert.equal(authorizedOf(again).userUUID, userUUID);
  },
  'invalidates the access key everywhere at once': async (world) => {
    const member = await world.join();
    const peers = [await world.connect(), await world.connect({ url: world.otherUrl })];
    await member.peer.ask({ type: 'signOut' });
    for (const peer of peers) await errorNamed('NOT_SIGNED_IN', peer, { ...USERS, ...pairOf(member) });
    await errorNamed('NOT_SIGNED_IN', member.peer, { ...USERS, ...pairOf(member) });
  },
  'signs out every connection of the session, also on other replicas': async (world) => {
    const member = await world.join();
    const others = [
      await world.signInByPair(member),
      await world.signInByPair(member, { url: world.otherUrl }),
    ];
    await member.peer.ask({ type: 'signOut' });
    for (const { peer } of others) {
      await world.until(peer, USERS, (answer) => answer.error?.name === 'NOT_SIGNED_IN');
    }
  },
  'leaves the other sessions of the user alive': async (world) => {
    const first = await world.join();
    const second = await world.signInAgain(first, { url: world.otherUrl });
    await first.peer.ask({ type: 'signOut' });
    assert.equal((await second.peer.ask(USERS)).type, 'users');
    await world.signInByPair(second);
  },
  'tells every signed-in connection on every replica': async (world) => {
    const witnesses = [await world.join(), await world.join({ url: world.otherUrl })];
    const { peer, username, userUUID: uuid } = await world.join();
    await peer.ask({ type: 'signOut' });
    for (const witness of witnesses) {
      const told = await witness.peer.next(signOutOf(uuid), 'sys signOut');
      assertMatches({ type: 'sys', sys: { type: 'signOut', signOut: { uuid, username } } }, told);
    }
  },
  'sends the connection nothing more, neither `sys` nor messages of the channel it was in': async (world) => {
    const [member, witness] = [await world.join(), await world.join()];
    for (const { peer } of [member, witness]) await peer.ask(joinFrame());
    const second = await world.signInByPair(member);
    await second.peer.ask(joinFrame());
    await member.peer.ask({ type: 'signOut' });
    await world.until(second.peer, USERS, (answer) => answer.type === 'error');
    const ended = [member, second].map(({ peer }) => ({ peer, frames: peer.frames.length }));
    const text = randomUUID();
    await witness.peer.ask(sendFrame(text));
    await witness.peer.next(saying(text), 'the message');
    await world.curtain(witness);
    for (const { peer, frames } of ended) {
      await peer.fence();
      assert.deepEqual(
        peer.frames.slice(frames).map((frame) => frame.type),
        ['pong'],
      );
    }
  },
  'takes the user out of the channel and tells its members': async (world) => {
    const [member, other] = [await world.join(), await world.join()];
    for (const { peer } of [member, other]) await peer.ask(joinFrame());
    await member.peer.ask({ type: 'signOut' });
    const { userUUID, peer } = member;
    assertMatches({ userUUID, channelLeave: { recipientUUID: '' } }, await other.peer.next(leaveOf(peer)));
    const { users } = (await other.peer.ask(joinFrame())).channelJoin;
    assert.ok(users.every(({ UUID }: { UUID: string }) => UUID !== userUUID));
  },
});
