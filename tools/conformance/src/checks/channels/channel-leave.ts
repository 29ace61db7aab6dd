import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { section } from '../../check.js';
import { assertMatches } from '../../matching.js';
import { joinFrame, leaveOf, saying, sendFrame } from '../expectations.js';

const leaveFrame = (recipientUUID: string) => ({ type: 'channelLeave', channelLeave: { recipientUUID } });

/** Protocol, section 2: the row of `channelLeave`. */
export const channelLeave = section('2.7', 'channelLeave', {
  "is answered with the same frame and the sender's marks": async (world) => {
    const { peer, userUUID } = await world.join();
    const SUUID = peer.sessionUUID;
    for (const recipientUUID of ['', userUUID]) {
      await peer.ask(joinFrame(recipientUUID));
      const answer = await peer.ask({ ...leaveFrame(recipientUUID), SUUID: randomUUID() });
      assertMatches({ type: 'channelLeave', SUUID, userUUID, channelLeave: { recipientUUID } }, answer);
    }
  },
  'is answered even if the connection was not joined, and then nobody is told': async (world) => {
    const [witness, member] = [await world.join(), await world.join()];
    await witness.peer.ask(joinFrame());
    const { peer, userUUID } = member;
    const answer = await peer.ask(leaveFrame(''));
    const expected = { SUUID: peer.sessionUUID, userUUID, channelLeave: { recipientUUID: '' } };
    assertMatches({ type: 'channelLeave', ...expected }, answer);
    await world.curtain(witness, member);
    assert.deepEqual([witness.peer.count(leaveOf(peer)), peer.count(leaveOf(peer))], [0, 1]);
  },
  'tells every connection joined to that channel once, and the sender only through its answer': async (
    world,
  ) => {
    const [witness, remote] = [await world.join(), await world.join({ url: world.otherUrl })];
    const member = await world.join();
    const all = [witness, remote, member];
    for (const { peer } of all) await peer.ask(joinFrame());
    const { peer, userUUID } = member;
    await peer.ask(leaveFrame(''));
    const expected = { SUUID: peer.sessionUUID, userUUID, channelLeave: { recipientUUID: '' } };
    for (const told of [witness, remote]) {
      assertMatches(expected, await told.peer.next(leaveOf(peer), 'channelLeave'));
    }
    await world.curtain(...all);
    assert.deepEqual(
      all.map((told) => told.peer.count(leaveOf(peer))),
      [1, 1, 1],
    );
  },
  'ends the messages of that channel': async (world) => {
    const [witness, member] = [await world.join(), await world.join()];
    for (const { peer } of [witness, member]) await peer.ask(joinFrame());
    await member.peer.ask(leaveFrame(''));
    const text = randomUUID();
    await witness.peer.ask(sendFrame(text));
    await witness.peer.next(saying(text), 'the message');
    await world.curtain(member);
    assert.equal(member.peer.count(saying(text)), 0);
  },
  'of a channel other than the joined one leaves nothing': async (world) => {
    const [witness, member] = [await world.join(), await world.join()];
    for (const { peer } of [witness, member]) await peer.ask(joinFrame());
    await member.peer.ask(leaveFrame(member.userUUID));
    const text = randomUUID();
    await witness.peer.ask(sendFrame(text));
    await member.peer.next(saying(text), 'a message of the channel it is still in');
    await world.curtain(witness);
    assert.equal(witness.peer.count(leaveOf(member.peer)), 0);
  },
  'removes one connection of a user, not the others': async (world) => {
    const member = await world.join();
    const second = await world.signInByPair(member, { url: world.otherUrl });
    for (const { peer } of [member, second]) await peer.ask(joinFrame());
    await member.peer.ask(leaveFrame(''));
    const text = randomUUID();
    await second.peer.ask(sendFrame(text));
    await second.peer.next(saying(text), 'a message of the channel it is still in');
    const { channelJoin } = await (await world.join()).peer.ask(joinFrame());
    if (channelJoin.usersTotal > channelJoin.users.length) return;
    assert.ok(channelJoin.users.some(({ UUID }: { UUID: string }) => UUID === member.userUUID));
  },
  'happens automatically when the connection ends': async (world) => {
    const [witness, member] = [await world.join(), await world.join({ url: world.otherUrl })];
    for (const { peer } of [witness, member]) await peer.ask(joinFrame());
    member.peer.socket.terminate();
    const told = await witness.peer.next(leaveOf(member.peer), 'channelLeave');
    assertMatches({ userUUID: member.userUUID, channelLeave: { recipientUUID: '' } }, told);
  },
  'says how many other connections of the user are still joined': async (world) => {
    const [witness, member] = [await world.join(), await world.join()];
    const second = await world.signInByPair(member, { url: world.otherUrl });
    const third = await world.signInByPair(member);
    for (const { peer } of [witness, member, second, third]) await peer.ask(joinFrame());
    for (const [{ peer }, connections] of [
      [second, 2],
      [member, 1],
    ] as const) {
      assert.equal((await peer.ask(leaveFrame(''))).connections, connections);
      assert.equal((await witness.peer.next(leaveOf(peer), 'channelLeave')).connections, connections);
    }
    third.peer.socket.terminate();
    assert.equal((await witness.peer.next(leaveOf(third.peer), 'channelLeave')).connections, 0);
  },
});
