import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type Message } from '@parley/protocol';
import { section } from '../../check.js';
import { assertMatches, COUNT, TEXT, UUID } from '../../matching.js';
import { errorNamed, joinFrame, joinOf, leaveOf, saying, sendFrame } from '../expectations.js';

/** Protocol, section 2: the row of `channelJoin`. */
export const channelJoin = section('2.6', 'channelJoin', {
  'means the general channel when the recipient is empty, null or absent': async (world) => {
    const { peer } = await world.join();
    const payloads = [{}, { recipientUUID: '' }, { recipientUUID: null }];
    const channels = new Set();
    for (const payload of payloads) {
      const answer = await peer.ask({ type: 'channelJoin', channelJoin: payload });
      const channel = { channelUUID: UUID, epoch: TEXT, seq: COUNT, usersTotal: COUNT };
      assertMatches({ type: 'channelJoin', channelJoin: { recipientUUID: '', ...channel } }, answer);
      channels.add(answer.channelJoin.channelUUID);
    }
    assert.equal(channels.size, 1);
  },
  'tells every connection joined to that channel, the new one after its answer': async (world) => {
    const [witness, remote] = [await world.join(), await world.join({ url: world.otherUrl })];
    const member = await world.join();
    for (const { peer } of [witness, remote]) await peer.ask(joinFrame());
    const answer = await member.peer.ask(joinFrame());
    const { userUUID, username, peer } = member;
    const user = { UUID: userUUID, Username: username, OnLine: true };
    const sys = { type: 'channelJoin', channelJoin: { recipientUUID: '' } };
    const expected = { type: 'sys', SUUID: peer.sessionUUID, userUUID, user, sys };
    for (const told of [witness, remote, member]) {
      assertMatches(expected, await told.peer.next(joinOf(peer), 'sys channelJoin'));
    }
    const own = peer.frames.findIndex(joinOf(peer));
    assert.ok(own > peer.frames.indexOf(answer), 'the broadcast came before the answer');
    await world.curtain(witness, remote, member);
    for (const told of [witness, remote, member]) assert.equal(told.peer.count(joinOf(peer)), 1);
  },
  'tells nothing to connections that are not joined to that channel': async (world) => {
    const [idle, elsewhere, member] = [await world.join(), await world.join(), await world.join()];
    await elsewhere.peer.ask(joinFrame(elsewhere.userUUID));
    await member.peer.ask(joinFrame());
    await member.peer.next(joinOf(member.peer), 'sys channelJoin');
    await world.curtain(idle, elsewhere);
    for (const { peer } of [idle, elsewhere]) assert.equal(peer.count(joinOf(member.peer)), 0);
  },
  'leaves the earlier channel and tells its members which one': async (world) => {
    const [witness, member] = [await world.join(), await world.join()];
    for (const { peer } of [witness, member]) await peer.ask(joinFrame());
    await member.peer.ask(joinFrame(member.userUUID));
    const left = await witness.peer.next(leaveOf(member.peer), 'channelLeave');
    const { userUUID, peer } = member;
    assertMatches({ SUUID: peer.sessionUUID, userUUID, channelLeave: { recipientUUID: '' } }, left);
    const text = randomUUID();
    await witness.peer.ask(sendFrame(text));
    await witness.peer.next(saying(text), 'the message');
    await world.curtain(member, witness);
    assert.equal(peer.count(saying(text)), 0, 'it still gets messages of the channel it left');
    assert.equal(witness.peer.count(leaveOf(peer)), 1);
  },
  'changes nothing when it fails': async (world) => {
    const [witness, member] = [await world.join(), await world.join()];
    for (const { peer } of [witness, member]) await peer.ask(joinFrame());
    await errorNamed('USER_NOT_FOUND', member.peer, joinFrame(randomUUID()));
    await errorNamed('INVALID_FIELD', member.peer, joinFrame('no uuid'));
    const text = randomUUID();
    await witness.peer.ask(sendFrame(text));
    await member.peer.next(saying(text), 'a message of the channel it is still in');
    await world.curtain(witness);
    assert.equal(witness.peer.count(leaveOf(member.peer)), 0);
  },
  'shows a message exactly once, either in the answer or afterwards': async (world) => {
    const [sender, reader] = [await world.join(), await world.join()];
    const count = 40;
    const sent = Array.from({ length: count }, (_, index) =>
      sender.peer.ask(sendFrame(`${index}`, reader.userUUID)),
    );
    const join = reader.peer.ask(joinFrame(sender.userUUID, { limit: 100 }));
    const [{ channelJoin: joined }] = await Promise.all([join, ...sent]);
    await sender.peer.ask(sendFrame('last', reader.userUUID));
    await reader.peer.next(saying('last'), 'the last message');
    const live = reader.peer.frames.filter(({ type }) => type === 'channelMessage');
    const seqs = [...joined.messages].reverse().map(({ Seq }: Message) => Seq);
    seqs.push(...live.map(({ channelMessage }) => channelMessage.Seq));
    assert.deepEqual(
      seqs,
      Array.from({ length: count + 1 }, (_, index) => index + 1),
    );
  },
  'of an already joined channel still delivers each message once': async (world) => {
    const { peer, userUUID } = await world.join();
    for (let time = 0; time < 3; time += 1) await peer.ask(joinFrame(userUUID));
    for (const text of ['note', 'last']) peer.send(sendFrame(text, userUUID));
    await peer.next(saying('last'), 'the last note');
    assert.equal(peer.count(saying('note')), 1);
  },
  'and `channelLeave` in quick succession end in the state that the last one asks for': async (world) => {
    const [member, other] = [await world.join(), await world.join()];
    const channels = [member.userUUID, other.userUUID];
    const leave = { type: 'channelLeave', channelLeave: { recipientUUID: other.userUUID } };
    for (const last of [joinFrame(other.userUUID), leave]) {
      for (let time = 0; time < 10; time += 1) {
        for (const channel of channels) member.peer.send(joinFrame(channel));
        member.peer.send(leave);
      }
      await member.peer.ask(last);
      for (const [index, channel] of channels.entries()) {
        await member.peer.ask(sendFrame(`${last.type} ${index}`, channel));
      }
      await world.curtain(member);
    }
    const got = ['channelJoin 0', 'channelJoin 1', 'channelLeave 0', 'channelLeave 1'].map((text) =>
      member.peer.count(saying(text)),
    );
    assert.deepEqual(got, [0, 1, 0, 0]);
  },
});
