import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type Check, section } from '../../check.js';
import { assertMatches, BOOLEAN, TEXT } from '../../matching.js';
import type { Frame, Peer } from '../../peer.js';
import type { World } from '../../world.js';
import { numbered, post, range, requestFor, resume, subscribe, twoUsers } from '../conversation.js';
import { errorNamed, joinFrame } from '../expectations.js';

/** Asks for the inbox of the connection's user. */
export async function openInbox(peer: Peer, place: object = {}): Promise<Frame> {
  const answer = await peer.ask({ type: 'inbox', inbox: place });
  assert.equal(answer.type, 'inbox', JSON.stringify(answer));
  return answer['inbox'];
}

/** The items that a connection has. */
export const itemsTo = (peer: Peer): Frame[] => peer.frames.flatMap(({ inboxItem }) => inboxItem ?? []);
/** What the items of a connection say besides their Seqs. */
export const saidIn = (peer: Peer): object[] => itemsTo(peer).map(({ seq: _, ...item }) => item);
const seqsOf = (peer: Peer): number[] => itemsTo(peer).map(({ seq }) => seq);
/** Waits for the item with a Seq. */
export const nextItem = (peer: Peer, seq: number): Promise<Frame> =>
  peer.next(({ inboxItem }) => inboxItem?.seq === seq, `item ${seq}`);

/** The epoch of the inbox that a connection was told of last: an epoch begins with the first item. */
export const epochTo = ({ frames }: Peer): string => {
  const of = ({ type, inbox, sys }: Frame) => (type === 'inbox' ? inbox.epoch : sys?.inboxEpoch?.epoch);
  return of(frames.findLast((frame) => of(frame) !== undefined)!);
};

const unreadOf = async (peer: Peer): Promise<number> => (await openInbox(peer))['unread'];

/** How many messages are unread after a request, whether or not it counts as seeing the channel's messages. */
const unreadAfter =
  (request: (partner: string) => Frame, left: number): Check['run'] =>
  async (world: World) => {
    const [one, two] = await twoUsers(world);
    const three = await world.join();
    await post(one.peer, two.userUUID, numbered(3));
    await post(three.peer, two.userUUID, numbered(2));
    assert.equal(await unreadOf(two.peer), 5);
    assert.notEqual((await two.peer.ask(request(one.userUUID))).type, 'error');
    assert.equal(await unreadOf(two.peer), left + 2);
    await two.peer.ask(joinFrame(three.userUUID));
    assert.equal(await unreadOf(two.peer), left);
  };

/** Protocol, section 3: `inbox`. */
export const inboxes = section('3.10', 'inbox', {
  'of a new user is empty': async (world) => {
    const inbox = await openInbox((await world.join()).peer);
    assertMatches({ epoch: TEXT, seq: 0, unread: 0, recovered: BOOLEAN }, inbox);
  },
  'gets an item for each message to a private channel, on every connection that asked': async (world) => {
    const [sender, reader] = await twoUsers(world);
    const second = await world.signInByPair(reader);
    for (const { peer } of [reader, second]) await openInbox(peer);
    const acks = await post(sender.peer, reader.userUUID, numbered(3));
    const { channelMessages: page } = await sender.peer.ask(requestFor('channelMessages', reader.userUUID));
    for (const { peer } of [reader, second]) {
      await nextItem(peer, 3);
      const channelUUID = acks[0]!['ChannelUUID'];
      const items = acks.map(({ UUID, Seq: messageSeq }, index) => {
        const message = page.messages[index];
        return { seq: index + 1, kind: 'message', channelUUID, UUID, messageSeq, message };
      });
      assert.deepEqual(itemsTo(peer), items);
    }
  },
  'goes to the recipient alone, and only to connections that asked': async (world) => {
    const [sender, reader] = await twoUsers(world);
    const [second, third] = [await world.signInByPair(reader), await world.join()];
    for (const { peer } of [sender, reader, third]) await openInbox(peer);
    await post(sender.peer, reader.userUUID, ['hello']);
    await nextItem(reader.peer, 1);
    await world.curtain(sender, second, third);
    for (const { peer } of [sender, second, third]) assert.deepEqual(itemsTo(peer), []);
    assert.equal(await unreadOf(sender.peer), 0);
  },
  'gets nothing for notes to oneself or messages to the general channel': async (world) => {
    const [reader, other] = await twoUsers(world);
    await openInbox(reader.peer);
    await post(reader.peer, reader.userUUID, ['note']);
    await post(other.peer, undefined, [randomUUID()]);
    await world.curtain(reader);
    assert.deepEqual([itemsTo(reader.peer), await unreadOf(reader.peer)], [[], 0]);
  },
  'gets one item for a message that is sent more than once': async (world) => {
    const [sender, reader] = await twoUsers(world);
    const second = await world.signInByPair(sender, { url: world.otherUrl });
    await openInbox(reader.peer);
    const channelMessage = { recipientUUID: reader.userUUID, message: 'once', clientUUID: randomUUID() };
    const senders = [sender.peer, second.peer, sender.peer, second.peer];
    await Promise.all(senders.map((peer) => peer.ask({ type: 'channelMessage', channelMessage })));
    await post(sender.peer, reader.userUUID, ['next']);
    await nextItem(reader.peer, 2);
    assert.deepEqual(
      itemsTo(reader.peer).map(({ message }) => message.Message),
      ['once', 'next'],
    );
    assert.equal(await unreadOf(reader.peer), 2);
  },
  'counts every item once, in order, however many senders there are at once': async (world) => {
    const reader = await world.join();
    await openInbox(reader.peer);
    const senders = await world.joinMany(4);
    await Promise.all(senders.map(({ peer }) => post(peer, reader.userUUID, numbered(20))));
    await nextItem(reader.peer, 80);
    assert.deepEqual(seqsOf(reader.peer), range(1, 80));
    assert.equal(await unreadOf(reader.peer), 80);
  },
  'resumes: the answer, then what was missed, then what is new': async (world) => {
    const [sender, reader] = await twoUsers(world);
    await openInbox(reader.peer);
    await post(sender.peer, reader.userUUID, numbered(2));
    await nextItem(reader.peer, 2);
    const epoch = epochTo(reader.peer);
    await reader.peer.close();
    await post(sender.peer, reader.userUUID, numbered(20, 'missed'));
    const peer = await world.connect({ url: world.otherUrl });
    await resume(peer, reader, []);
    const answer = await openInbox(peer, { epoch, seq: 2 });
    assert.deepEqual(answer, { epoch, seq: 22, unread: 22, recovered: true });
    await post(sender.peer, reader.userUUID, ['live']);
    await nextItem(peer, 23);
    assert.deepEqual(seqsOf(peer), range(3, 23));
    const answered = peer.frames.findIndex(({ type }) => type === 'inbox');
    const items = peer.frames.filter(({ type }) => type === 'inboxItem');
    assert.ok(answered < peer.frames.indexOf(items[0]!));
    assert.ok(items.every((frame) => !('id' in frame)));
  },
  'resumes over more than two pages of its log': async (world) => {
    const [sender, reader] = await twoUsers(world);
    const { epoch } = await openInbox(reader.peer);
    await reader.peer.close();
    await post(sender.peer, reader.userUUID, numbered(210));
    const { peer } = await world.signInByPair(reader);
    assert.equal((await openInbox(peer, { epoch, seq: 0 }))['recovered'], true);
    await nextItem(peer, 210);
    assert.deepEqual(seqsOf(peer), range(1, 210));
  },
  'is not recovered when the `epoch` differs or `seq` is beyond the newest': async (world) => {
    const [sender, reader] = await twoUsers(world);
    await openInbox(reader.peer);
    await post(sender.peer, reader.userUUID, numbered(2));
    await nextItem(reader.peer, 2);
    const epoch = epochTo(reader.peer);
    for (const place of [
      { epoch: randomUUID(), seq: 1 },
      { epoch, seq: 3 },
    ]) {
      const { peer } = await world.signInByPair(reader);
      assert.deepEqual(await openInbox(peer, place), { epoch, seq: 2, unread: 2, recovered: false });
      await peer.fence();
      assert.deepEqual(itemsTo(peer), []);
    }
  },
  'delivers each item once to a connection that asks twice': async (world) => {
    const [sender, reader] = await twoUsers(world);
    for (let time = 0; time < 2; time += 1) await openInbox(reader.peer);
    await post(sender.peer, reader.userUUID, numbered(2));
    await world.curtain(reader);
    assert.deepEqual(seqsOf(reader.peer), [1, 2]);
  },
  'ends with the session, and with the user of the connection': async (world) => {
    const [sender, reader] = await twoUsers(world);
    const second = await world.signInAgain(reader);
    for (const { peer } of [reader, second]) await openInbox(peer);
    await reader.peer.ask({ type: 'signOut' });
    const other = await world.signUpOn(second.peer);
    await post(sender.peer, reader.userUUID, ['too late']);
    await world.curtain(other);
    await reader.peer.fence();
    for (const { peer } of [reader, second]) assert.deepEqual(itemsTo(peer), []);
  },
  '`unread` goes down when the user joins the channel': unreadAfter((partner) => joinFrame(partner), 0),
  '`unread` goes down when the user writes to the channel': unreadAfter(
    (partner) => requestFor('channelMessage', partner, { message: 'answer' }),
    0,
  ),
  '`unread` is unchanged when the user subscribes to the channel or reads its history': async (world) => {
    await unreadAfter((partner) => requestFor('subscribe', partner), 3)(world);
    await unreadAfter((partner) => requestFor('channelMessages', partner), 3)(world);
  },
  '`unread` counts nothing in a channel while the user has joined it, nor after the leave': async (world) => {
    const [sender, reader] = await twoUsers(world);
    const second = await world.signInByPair(reader, { url: world.otherUrl });
    await reader.peer.ask(joinFrame(sender.userUUID));
    await post(sender.peer, reader.userUUID, numbered(3));
    assert.equal(await unreadOf(second.peer), 0);
    await reader.peer.ask(requestFor('channelLeave', sender.userUUID));
    assert.equal(await unreadOf(second.peer), 0);
    await post(sender.peer, reader.userUUID, ['unread']);
    assert.equal(await unreadOf(second.peer), 1);
  },
  'tells every connection that asked what was read by a join, a message or a leave': async (world) => {
    const [sender, reader] = await twoUsers(world);
    const second = await world.signInByPair(reader, { url: world.otherUrl });
    const { epoch } = await openInbox(second.peer);
    const requests = [
      requestFor('channelMessage', sender.userUUID, { message: 'answer' }),
      joinFrame(sender.userUUID),
      requestFor('channelLeave', sender.userUUID),
    ];
    const reads: Frame['inboxItem'][] = [];
    for (const [index, request] of requests.entries()) {
      const [ack] = await post(sender.peer, reader.userUUID, [`note ${index}`]);
      await nextItem(second.peer, 2 * index + 1);
      assert.notEqual((await reader.peer.ask(request)).type, 'error');
      const { inboxItem } = await nextItem(second.peer, 2 * index + 2);
      const readSeq = ack!['Seq'] + (index === 0 ? 1 : 0);
      const item = { seq: 2 * index + 2, kind: 'read', channelUUID: ack!['ChannelUUID'], readSeq };
      assert.deepEqual(inboxItem, item);
      reads.push(item);
    }
    await reader.peer.ask(joinFrame(sender.userUUID));
    await world.curtain(second);
    assert.equal(itemsTo(second.peer).length, 6);
    const third = await world.signInByPair(reader);
    await openInbox(third.peer, { epoch, seq: 0 });
    await nextItem(third.peer, 6);
    const resumed = itemsTo(third.peer).filter(({ kind }) => kind === 'read');
    assert.deepEqual(resumed, reads);
  },
  'tells who is mentioned in the general channel, once, also by an edit': async (world) => {
    const [sender, one] = await twoUsers(world);
    const two = await world.join();
    for (const { peer } of [sender, one, two]) await openInbox(peer);
    const first = `@${one.username} @${sender.username} ${randomUUID()}`;
    const [ack] = await post(sender.peer, undefined, [first]);
    const { UUID, Seq: messageSeq, ChannelUUID: channelUUID } = ack!;
    const item = { seq: 1, kind: 'mention', channelUUID, UUID, messageSeq };
    const { inboxItem } = await nextItem(one.peer, 1);
    assert.deepEqual({ ...inboxItem, message: inboxItem.message.Message }, { ...item, message: first });
    const edited = `@${two.username} @${one.username} ${randomUUID()}`;
    await sender.peer.ask(requestFor('messageEdit', undefined, { UUID, message: edited }));
    const { inboxItem: second } = await nextItem(two.peer, 1);
    assert.deepEqual({ ...second, message: second.message.Message }, { ...item, message: edited });
    await world.curtain(sender, one);
    assert.deepEqual([itemsTo(sender.peer), itemsTo(one.peer).length], [[], 1]);
    assert.equal(await unreadOf(one.peer), 0);
  },
  "tells the user's connections of a `channelRead` in the general channel that moves": async (world) => {
    const [sender, reader] = await twoUsers(world);
    const second = await world.signInByPair(reader, { url: world.otherUrl });
    await openInbox(second.peer);
    const [ack] = await post(sender.peer, undefined, [randomUUID()]);
    const { ChannelUUID: channelUUID, Seq: readSeq } = ack!;
    for (let time = 0; time < 2; time += 1)
      await reader.peer.ask(requestFor('channelRead', undefined, { seq: readSeq }));
    await nextItem(second.peer, 1);
    await world.curtain(second);
    assert.deepEqual(saidIn(second.peer), [{ kind: 'read', channelUUID, readSeq }]);
    assert.equal(await unreadOf(second.peer), 0);
  },
  'comes in addition to the message itself when the channel is subscribed': async (world) => {
    const [sender, reader] = await twoUsers(world);
    await subscribe(reader.peer, sender.userUUID);
    await openInbox(reader.peer);
    await post(sender.peer, reader.userUUID, ['hello']);
    const { inboxItem } = await nextItem(reader.peer, 1);
    const { channelMessage } = await reader.peer.next('channelMessage');
    assert.deepEqual(inboxItem.message, channelMessage);
  },
  'refuses fields of the wrong kind, and needs a signed-in connection': async (world) => {
    const { peer } = await world.join();
    for (const place of [{ seq: -1 }, { seq: 0.5 }, { seq: '1' }, { epoch: 7 }, { epoch: null }]) {
      await errorNamed('INVALID_FIELD', peer, { type: 'inbox', inbox: place });
    }
    await errorNamed('NOT_SIGNED_IN', await world.connect(), { type: 'inbox' });
  },
  'tells of the epoch that the first item begins, before that item, and resumes from before it': async (
    world,
  ) => {
    const [sender, reader] = await twoUsers(world);
    const place = await openInbox(reader.peer);
    await post(sender.peer, reader.userUUID, ['first']);
    await nextItem(reader.peer, 1);
    const { peer } = await world.signInByPair(reader);
    const { epoch, recovered } = await openInbox(peer, { epoch: place['epoch'], seq: 0 });
    assert.deepEqual([epochTo(reader.peer), recovered], [epoch, true]);
    const told = reader.peer.frames.findIndex(({ sys }) => sys?.type === 'inboxEpoch');
    assert.ok(told < reader.peer.frames.findIndex(({ type }) => type === 'inboxItem'));
  },
});
