import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { section } from '../../check.js';
import { assertMatches } from '../../matching.js';
import { errorNamed, joinFrame, saying, sendFrame } from '../expectations.js';

/** Protocol, section 3: `channelUUID` where `recipientUUID` stands. */
export const channelIds = section('3.1', 'channelUUID in place of recipientUUID', {
  'joins, writes to and leaves the general channel': async (world) => {
    const { peer } = await world.join();
    const { channelUUID } = (await peer.ask(joinFrame())).channelJoin;
    const joined = await peer.ask({ type: 'channelJoin', channelJoin: { channelUUID } });
    assertMatches({ type: 'channelJoin', channelJoin: { channelUUID, recipientUUID: '' } }, joined);
    const message = randomUUID();
    await peer.ask({ type: 'channelMessage', channelMessage: { channelUUID, message } });
    await peer.next(saying(message), 'the message');
    const left = await peer.ask({ type: 'channelLeave', channelLeave: { channelUUID } });
    assertMatches({ type: 'channelLeave', channelLeave: { recipientUUID: '' } }, left);
  },
  "joins and writes to the sender's own private channels": async (world) => {
    const [one, two] = [await world.join(), await world.join()];
    const { channelUUID } = (await one.peer.ask(joinFrame(two.userUUID))).channelJoin;
    const joined = await two.peer.ask({ type: 'channelJoin', channelJoin: { channelUUID } });
    assertMatches({ channelJoin: { channelUUID, recipientUUID: one.userUUID } }, joined);
    const request = { type: 'channelMessage', channelMessage: { channelUUID, message: 'hello' } };
    assert.equal((await two.peer.ask(request)).type, 'ack');
    const { channelMessage } = await one.peer.next(saying('hello'), 'the message');
    assert.equal(channelMessage.RecipientUUID, one.userUUID);
  },
  'that names no channel is CHANNEL_NOT_FOUND': async (world) => {
    const { peer } = await world.join();
    const channelUUID = randomUUID();
    await errorNamed('CHANNEL_NOT_FOUND', peer, { type: 'channelJoin', channelJoin: { channelUUID } });
    const channelMessage = { channelUUID, message: 'hello' };
    await errorNamed('CHANNEL_NOT_FOUND', peer, { type: 'channelMessage', channelMessage });
  },
});

/** Protocol, section 3: `channelMessage.clientUUID`. */
export const clientIds = section('3.2', 'channelMessage.clientUUID', {
  'stores a message once however often it is sent, from any replica': async (world) => {
    const member = await world.join();
    const second = await world.signInByPair(member, { url: world.otherUrl });
    const { peer, userUUID } = member;
    await peer.ask(joinFrame(userUUID));
    const channelMessage = { recipientUUID: userUUID, message: 'once', clientUUID: randomUUID() };
    const request = { type: 'channelMessage', channelMessage };
    const senders = [peer, second.peer, peer, second.peer];
    const acks = await Promise.all(senders.map((sender) => sender.ask(request)));
    const expected = { UUID: acks[0]!.ack.UUID, Seq: 1, clientUUID: channelMessage.clientUUID };
    for (const ack of acks) assertMatches({ type: 'ack', ack: expected }, ack);
    await peer.ask(sendFrame('after', userUUID));
    await peer.next(saying('after'), 'the next message');
    assert.equal(peer.count(saying('once')), 1);
    const { channelJoin } = await peer.ask(joinFrame(userUUID));
    assert.equal(channelJoin.seq, 2);
  },
  'has to be unique only per sender and channel': async (world) => {
    const [one, two] = [await world.join(), await world.join()];
    const clientUUID = randomUUID();
    const post = (recipientUUID: string, message: string) => ({
      type: 'channelMessage',
      channelMessage: { recipientUUID, message, clientUUID },
    });
    const acks = [
      await one.peer.ask(post(two.userUUID, 'from one')),
      await two.peer.ask(post(one.userUUID, 'from two')),
      await one.peer.ask(post(one.userUUID, 'a note')),
    ];
    assert.deepEqual(
      acks.map(({ ack }) => ack.Seq),
      [1, 2, 1],
    );
  },
  'is any text of 1 to 64 characters': async (world) => {
    const { peer, userUUID } = await world.join();
    const post = (clientUUID: unknown) => ({
      type: 'channelMessage',
      channelMessage: { recipientUUID: userUUID, message: 'note', clientUUID },
    });
    for (const id of ['a', 'x'.repeat(64), '😀'.repeat(64), '{}:*\u0000"']) {
      assert.equal((await peer.ask(post(id))).ack.clientUUID, id);
    }
    for (const id of ['', 'x'.repeat(65), 7, {}]) await errorNamed('INVALID_FIELD', peer, post(id));
  },
});

/** Protocol, section 3: `ack`. */
export const acks = section('3.3', 'ack', {
  'answers a message that carried an `id`, with what was stored': async (world) => {
    const { peer, userUUID } = await world.join();
    await peer.ask(joinFrame(userUUID));
    const { ack } = await peer.ask(sendFrame('note', userUUID));
    const { channelMessage } = await peer.next(saying('note'), 'the note');
    const { UUID, Seq, ChannelUUID, CreatedAt } = channelMessage;
    assert.deepEqual(ack, { UUID, Seq, ChannelUUID, CreatedAt });
  },
  'answers a message that carried a `clientUUID`, without `id`': async (world) => {
    const { peer, userUUID } = await world.join();
    const channelMessage = { recipientUUID: userUUID, message: 'note', clientUUID: 'mine' };
    peer.send({ type: 'channelMessage', channelMessage });
    const frame = await peer.next('ack');
    assert.deepEqual([frame.ack.clientUUID, 'id' in frame], ['mine', false]);
  },
});
