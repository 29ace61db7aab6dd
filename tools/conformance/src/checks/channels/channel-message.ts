import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { section } from '../../check.js';
import { assertMatches, COUNT, TIME, UUID } from '../../matching.js';
import type { Frame } from '../../peer.js';
import { errorNamed, joinFrame, saying, sendFrame } from '../expectations.js';

/** Protocol, section 2: the row of `channelMessage`. */
export const channelMessage = section('2.8', 'channelMessage', {
  'reaches every connection joined to that channel once, including the sender': async (world) => {
    const [sender, second] = [await world.join(), await world.join()];
    const remote = await world.signInByPair(second, { url: world.otherUrl });
    const everybody = [sender, second, remote];
    for (const { peer } of everybody) await peer.ask(joinFrame());
    const text = randomUUID();
    sender.peer.send(sendFrame(text));
    const got = await Promise.all(everybody.map(({ peer }) => peer.next(saying(text), 'the message')));
    for (const frame of got) assert.deepEqual(frame, got[0]);
    await world.curtain(...everybody);
    for (const { peer } of everybody) assert.equal(peer.count(saying(text)), 1);
  },
  'reaches nobody else': async (world) => {
    const [sender, idle, elsewhere] = [await world.join(), await world.join(), await world.join()];
    const stranger = await world.connect();
    await sender.peer.ask(joinFrame());
    await elsewhere.peer.ask(joinFrame(elsewhere.userUUID));
    const text = randomUUID();
    await sender.peer.ask(sendFrame(text));
    await sender.peer.next(saying(text), 'the message');
    await world.curtain(idle, elsewhere);
    await stranger.fence();
    for (const peer of [idle.peer, elsewhere.peer, stranger]) assert.equal(peer.count(saying(text)), 0);
  },
  'gets no `ack` unless one was asked for': async (world) => {
    const { peer, userUUID } = await world.join();
    await peer.ask(joinFrame(userUUID));
    peer.send(sendFrame('note', userUUID));
    await peer.next(saying('note'), 'the message');
    await peer.fence();
    assert.equal(
      peer.count(({ type }) => type === 'ack'),
      0,
    );
  },
  'reaches every connection in the order of Seq, however many send at once': async (world) => {
    const [one, two] = [await world.join(), await world.join({ url: world.otherUrl })];
    await one.peer.ask(joinFrame(two.userUUID));
    await two.peer.ask(joinFrame(one.userUUID));
    const texts = Array.from({ length: 50 }, (_, index) => index);
    for (const index of texts) {
      one.peer.send(sendFrame(`one ${index}`, two.userUUID));
      two.peer.send(sendFrame(`two ${index}`, one.userUUID));
    }
    for (const { peer } of [one, two]) {
      await peer.next((frame) => frame.channelMessage?.Seq === 2 * texts.length, 'the last message');
      const frames = peer.frames.filter(({ type }) => type === 'channelMessage');
      const expected = Array.from({ length: 2 * texts.length }, (_, index) => index + 1);
      assert.deepEqual(
        frames.map((frame) => frame.channelMessage.Seq),
        expected,
      );
      for (const name of ['one', 'two']) {
        const said = frames.map((frame) => frame.channelMessage.Message).filter((m) => m.startsWith(name));
        assert.deepEqual(
          said,
          texts.map((index) => `${name} ${index}`),
        );
      }
    }
  },
});

/** Protocol, section 2: "A message". */
export const messages = section('2.11', 'A message', {
  'has exactly the fields of the contract in the general channel': async (world) => {
    const { peer, userUUID, username } = await world.join();
    const { channelUUID } = (await peer.ask(joinFrame())).channelJoin;
    const text = randomUUID();
    peer.send(sendFrame(text));
    const { channelMessage: message } = await peer.next(saying(text), 'the message');
    const Sender = { UUID: userUUID, Username: username, OnLine: true };
    const expected = { SenderUUID: userUUID, Sender, RecipientUUID: '', Message: text };
    const made = { UUID, CreatedAt: TIME, Seq: COUNT, ChannelUUID: channelUUID };
    assertMatches({ ...expected, ...made }, message);
    assert.deepEqual(Object.keys(message).sort(), Object.keys({ ...expected, ...made }).sort());
    assert.deepEqual(Object.keys(message.Sender).sort(), Object.keys(Sender).sort());
  },
  'also has its recipient in a private channel': async (world) => {
    const [one, two] = [await world.join(), await world.join()];
    const { channelUUID } = (await one.peer.ask(joinFrame(two.userUUID))).channelJoin;
    one.peer.send(sendFrame('hello', two.userUUID));
    const { channelMessage: message } = await one.peer.next(saying('hello'), 'the message');
    const Recipient = { UUID: two.userUUID, Username: two.username, OnLine: true };
    assertMatches({ RecipientUUID: two.userUUID, Recipient, ChannelUUID: channelUUID, Seq: 1 }, message);
  },
  'shows the presence of its recipient': async (world) => {
    const [one, two] = [await world.join(), await world.join()];
    await two.peer.ask({ type: 'signOut' });
    await world.until(one.peer, joinFrame(two.userUUID), ({ channelJoin: { users } }) =>
      users.some((user: Frame) => user['UUID'] === two.userUUID && !user['OnLine']),
    );
    one.peer.send(sendFrame('hello', two.userUUID));
    const { channelMessage: message } = await one.peer.next(saying('hello'), 'the message');
    assert.deepEqual([message.Sender.OnLine, message.Recipient.OnLine], [true, false]);
  },
  'is the same in the history as when it was delivered': async (world) => {
    const { peer, userUUID } = await world.join();
    await peer.ask(joinFrame(userUUID));
    peer.send(sendFrame('note', userUUID));
    const { channelMessage: message } = await peer.next(saying('note'), 'the message');
    const { channelJoin } = await peer.ask(joinFrame(userUUID));
    assert.deepEqual(channelJoin.messages, [message]);
  },
  'has the next Seq of its channel, without gaps, and a time that never goes back': async (world) => {
    const { peer } = await world.join();
    const { seq } = (await peer.ask(joinFrame())).channelJoin;
    const last = randomUUID();
    for (const text of [randomUUID(), randomUUID(), last]) peer.send(sendFrame(text));
    await peer.next(saying(last), 'the last message');
    const all = peer.frames.filter(({ type }) => type === 'channelMessage');
    const got = all.map((frame) => frame.channelMessage);
    assert.deepEqual(
      got.map(({ Seq }) => Seq),
      got.map((_, index) => seq + 1 + index),
    );
    const times = got.map(({ CreatedAt }) => Date.parse(CreatedAt));
    assert.deepEqual(times, times.toSorted());
    assert.equal(new Set(got.map(({ UUID: uuid }) => uuid)).size, got.length);
  },
});

/** Protocol, section 2: sending to a channel that the connection has not joined. */
export const unjoined = section('2.13', 'Sending without having joined', {
  'is allowed in the general channel; the sender gets only the `ack`': async (world) => {
    const [sender, reader] = [await world.join(), await world.join()];
    await reader.peer.ask(joinFrame());
    const text = randomUUID();
    assert.equal((await sender.peer.ask(sendFrame(text))).type, 'ack');
    await reader.peer.next(saying(text), 'the message');
    await world.curtain(sender);
    assert.equal(sender.peer.count(saying(text)), 0);
  },
  'is allowed in private channels of the sender': async (world) => {
    const [sender, reader] = [await world.join(), await world.join({ url: world.otherUrl })];
    await reader.peer.ask(joinFrame(sender.userUUID));
    sender.peer.send(sendFrame('silent', reader.userUUID));
    await reader.peer.next(saying('silent'), 'the message');
    await world.curtain(sender);
    const silent = sender.peer.count(({ type }) => type === 'ack' || type === 'channelMessage');
    assert.equal(silent, 0, 'the sender asked for nothing');
  },
  'leaves the joined channel joined': async (world) => {
    const [sender, other] = [await world.join(), await world.join()];
    await sender.peer.ask(joinFrame(sender.userUUID));
    await sender.peer.ask(sendFrame('elsewhere', other.userUUID));
    sender.peer.send(sendFrame('here', sender.userUUID));
    await sender.peer.next(saying('here'), 'the note');
    assert.equal(sender.peer.count(saying('elsewhere')), 0);
  },
  'to an unknown user is USER_NOT_FOUND': async (world) => {
    const { peer } = await world.join();
    await errorNamed('USER_NOT_FOUND', peer, sendFrame('hello', randomUUID()));
  },
});
