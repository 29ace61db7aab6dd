import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { User } from '@parley/protocol';
import { section } from '../../check.js';
import { assertMatches, COUNT, TEXT } from '../../matching.js';
import type { Frame } from '../../peer.js';
import {
  arrival,
  inEpochOf,
  messagesTo,
  numbered,
  post,
  range,
  requestById,
  requestFor,
  seqsTo,
  subscribe,
  twoUsers,
} from '../conversation.js';
import { errorNamed, joinFrame, joinOf, leaveOf, saying, sendFrame } from '../expectations.js';

/** Protocol, section 3: `subscribe`. */
export const subscriptions = section('3.5', 'subscribe', {
  'is answered with the channel, its epoch and its newest Seq, the same as for a join': async (world) => {
    const [one, two] = await twoUsers(world);
    await post(one.peer, two.userUUID, numbered(3));
    for (const [member, partner] of [[one, two] as const, [two, one] as const]) {
      const { channelUUID, epoch, seq } = (await member.peer.ask(joinFrame(partner.userUUID))).channelJoin;
      assert.equal(seq, 3);
      for (const request of [
        requestFor('subscribe', partner.userUUID),
        requestById('subscribe', channelUUID),
      ]) {
        const expected = { type: 'subscribed', subscribed: { channelUUID, epoch, seq } };
        assertMatches(expected, await member.peer.ask(request));
      }
    }
    const { channelUUID } = (await one.peer.ask(joinFrame())).channelJoin;
    assertMatches({ channelUUID, epoch: TEXT, seq: COUNT }, await subscribe(two.peer));
  },
  'follows a channel that nobody has written to yet': async (world) => {
    const [one, two] = await twoUsers(world);
    const { channelUUID, seq } = await subscribe(two.peer, one.userUUID);
    assert.equal(seq, 0);
    await post(one.peer, two.userUUID, ['first']);
    await arrival(two.peer, channelUUID, 1);
  },
  'is silent: nobody is told when it starts or ends, and `users` does not show it': async (world) => {
    const [witness, member] = await twoUsers(world);
    await witness.peer.ask(joinFrame());
    await subscribe(member.peer);
    const { channelJoin: joined } = await witness.peer.ask(joinFrame());
    assert.ok(joined.users.every(({ UUID: uuid }: User) => uuid !== member.userUUID));
    await member.peer.ask(requestFor('unsubscribe'));
    await subscribe(member.peer);
    await member.peer.close();
    await world.curtain(witness);
    const told = [joinOf(member.peer), leaveOf(member.peer)].map((wanted) => witness.peer.count(wanted));
    assert.deepEqual(told, [0, 0]);
  },
  'delivers the frames of many channels, each once, in the order of Seq': async (world) => {
    const [reader, ...others] = [await world.join(), ...(await world.joinMany(4))];
    const channels = await Promise.all(others.map(({ userUUID }) => subscribe(reader.peer, userUUID)));
    await subscribe(reader.peer);
    const text = randomUUID();
    await Promise.all(others.map(({ peer }) => post(peer, reader.userUUID, numbered(20))));
    await post(others[0]!.peer, undefined, [text]);
    for (const { channelUUID } of channels) await arrival(reader.peer, channelUUID, 20);
    await reader.peer.next(saying(text), 'the message to the general channel');
    await world.curtain(reader);
    for (const { channelUUID } of channels) {
      assert.deepEqual(seqsTo(reader.peer, channelUUID), range(1, 20));
    }
    assert.equal(reader.peer.count(saying(text)), 1);
  },
  'covers each message either by the Seq in the answer or by a frame afterwards, never both': async (
    world,
  ) => {
    const [sender, reader] = await twoUsers(world);
    const [{ channelUUID, seq }] = await Promise.all([
      subscribe(reader.peer, sender.userUUID),
      post(sender.peer, reader.userUUID, numbered(60)),
    ]);
    await post(sender.peer, reader.userUUID, ['last']);
    await arrival(reader.peer, channelUUID, 61);
    assert.deepEqual(seqsTo(reader.peer), range(seq + 1, 61));
  },
  'also delivers joins and leaves, as to connections that have joined': async (world) => {
    const [one, two] = await twoUsers(world);
    await subscribe(one.peer, two.userUUID);
    await two.peer.ask(joinFrame(one.userUUID));
    await one.peer.next(joinOf(two.peer), 'sys channelJoin');
    await two.peer.ask(requestFor('channelLeave', one.userUUID));
    await one.peer.next(leaveOf(two.peer), 'channelLeave');
  },
  'delivers to a subscriber what it has sent itself': async (world) => {
    const { peer, userUUID } = await world.join();
    await subscribe(peer, userUUID);
    peer.send(sendFrame('note', userUUID));
    await peer.next(saying('note'), 'the note');
    assert.equal(
      peer.count(({ type }) => type === 'ack'),
      0,
    );
  },
  'together with a join delivers each frame once, and either continues without the other': async (world) => {
    const [one, two] = await twoUsers(world);
    const [mine, theirs] = [one.userUUID, two.userUUID];
    const say = (text: string) => post(two.peer, mine, [text]);
    await subscribe(one.peer, theirs);
    await one.peer.ask(joinFrame(theirs));
    await say('both');
    await one.peer.ask(requestFor('channelLeave', theirs));
    await say('subscribed');
    await one.peer.ask(joinFrame(theirs));
    await one.peer.ask(requestFor('unsubscribe', theirs));
    await say('joined');
    await one.peer.ask(requestFor('channelLeave', theirs));
    await say('neither');
    await world.curtain(one);
    assert.deepEqual(
      messagesTo(one.peer).map(({ Message: text }) => text),
      ['both', 'subscribed', 'joined'],
    );
  },
  'outlives a join of another channel, which leaves only the joined one': async (world) => {
    const [one, two] = await twoUsers(world);
    await subscribe(one.peer, two.userUUID);
    for (const channel of ['', one.userUUID]) await one.peer.ask(joinFrame(channel));
    await post(two.peer, one.userUUID, ['still here']);
    await one.peer.next(saying('still here'), 'the message');
  },
  'again changes nothing': async (world) => {
    const [one, two] = await twoUsers(world);
    const first = await subscribe(one.peer, two.userUUID);
    assert.deepEqual(await subscribe(one.peer, two.userUUID), first);
    await post(two.peer, one.userUUID, ['once']);
    await world.curtain(one);
    assert.equal(one.peer.count(saying('once')), 1);
    await one.peer.ask(requestFor('unsubscribe', two.userUUID));
    await post(two.peer, one.userUUID, ['never']);
    await world.curtain(one);
    assert.equal(one.peer.count(saying('never')), 0);
  },
  'is open to those who may join': async (world) => {
    const [one, two] = await twoUsers(world);
    const { channelUUID } = await subscribe(one.peer, two.userUUID);
    const { peer } = await world.join();
    await errorNamed('FORBIDDEN', peer, requestById('subscribe', channelUUID));
    await errorNamed('CHANNEL_NOT_FOUND', peer, requestById('subscribe', randomUUID()));
    for (const type of ['subscribe', 'unsubscribe']) {
      await errorNamed('USER_NOT_FOUND', peer, requestFor(type, randomUUID()));
      await errorNamed('INVALID_FIELD', peer, requestFor(type, 'no uuid'));
      await errorNamed('NOT_SIGNED_IN', await world.connect(), requestFor(type));
    }
    await post(two.peer, one.userUUID, ['secret']);
    await one.peer.next(saying('secret'), 'the message');
    await world.curtain({ ...one, peer });
    assert.equal(peer.count(saying('secret')), 0);
  },
  'ends with the session, and with the user of the connection': async (world) => {
    const [one, two] = await twoUsers(world);
    const second = await world.signInAgain(one);
    for (const { peer } of [one, second]) await subscribe(peer, two.userUUID);
    await one.peer.ask({ type: 'signOut' });
    const other = await world.signUpOn(second.peer);
    await post(two.peer, one.userUUID, ['too late']);
    await world.curtain(other, two);
    await one.peer.fence();
    for (const { peer } of [one, second]) assert.equal(peer.count(saying('too late')), 0);
  },
  'tells those who count Seqs of the epoch that the first message begins, before that message': async (
    world,
  ) => {
    const [one, two] = await twoUsers(world);
    const [joined, demo] = [await world.signInByPair(one), await world.signInByPair(one)];
    const before = await subscribe(one.peer, two.userUUID);
    await joined.peer.ask(joinFrame(two.userUUID));
    demo.peer.send(joinFrame(two.userUUID));
    await demo.peer.next('channelJoin');
    await post(two.peer, one.userUUID, ['first']);
    for (const { peer } of [one, joined, demo]) await peer.next(saying('first'), 'the message');
    const { epoch } = await subscribe(two.peer, one.userUUID);
    const isTold = ({ sys }: Frame) => sys?.type === 'channelEpoch';
    for (const { peer } of [one, joined]) {
      assert.equal(inEpochOf(peer, before).epoch, epoch);
      assert.ok(peer.frames.findIndex(isTold) < peer.frames.findIndex(saying('first')));
    }
    assert.equal(demo.peer.count(isTold), 0);
  },
});
