import assert from 'node:assert/strict';
import { section } from '../../check.js';
import { TEXT } from '../../matching.js';
import type { Frame, Peer } from '../../peer.js';
import type { Member } from '../../world.js';
import { epochTo, itemsTo, nextItem, openInbox, saidIn } from '../channels/inbox.js';
import { numbered, requestById } from '../conversation.js';
import { done, invite, newGroup, say } from './group-world.js';

/** Section 3, inbox: the items that groups make. */
export const inboxOfGroups = section('3.25', 'inbox of members of groups', {
  'tells of an invitation and a removal the user concerned, on every connection that asked': async (
    world,
  ) => {
    const [owner, user, other] = await world.joinMany(3);
    const second = await world.signInByPair(user!, { url: world.otherUrl });
    for (const { peer } of [owner!, user!, second, other!]) await openInbox(peer);
    const channelUUID = await newGroup(owner!);
    await invite(owner!, channelUUID, user!, other!);
    await invite(owner!, channelUUID, user!);
    await done(owner!, 'channelKick', channelUUID, { userUUID: user!.userUUID, ban: true });
    await done(other!, 'channelKick', channelUUID, { userUUID: other!.userUUID });
    const by = owner!.userUUID;
    for (const { peer } of [user!, second]) {
      await nextItem(peer, 2);
      assert.deepEqual(saidIn(peer), [
        { kind: 'invite', channelUUID, by },
        { kind: 'kick', channelUUID, by, ban: true },
      ]);
    }
    await world.curtain(owner!, other!);
    assert.deepEqual(saidIn(other!.peer), [{ kind: 'invite', channelUUID, by }]);
    assert.deepEqual(saidIn(owner!.peer), []);
  },
  'tells of nothing that the user does alone, nor one who was no member of a ban': async (world) => {
    const [owner, user, stranger] = await world.joinMany(3);
    for (const { peer } of [user!, stranger!]) await openInbox(peer);
    const channelUUID = await newGroup(owner!, false);
    await done(user!, 'channelJoin', channelUUID);
    await done(user!, 'channelKick', channelUUID, { userUUID: user!.userUUID });
    await done(owner!, 'channelKick', channelUUID, { userUUID: stranger!.userUUID, ban: true });
    await world.curtain(user!, stranger!);
    for (const { peer } of [user!, stranger!]) assert.deepEqual(saidIn(peer), []);
  },
  'keeps an invitation for one who is away': async (world) => {
    const [owner, user] = await world.joinMany(2);
    const place = await openInbox(user!.peer);
    const channelUUID = await newGroup(owner!);
    await user!.peer.close();
    await invite(owner!, channelUUID, user!);
    const { peer } = await world.signInByPair(user!, { url: world.otherUrl });
    const { seq, recovered } = await openInbox(peer, { epoch: place['epoch'], seq: place['seq'] });
    assert.deepEqual([seq, recovered], [1, true]);
    await nextItem(peer, 1);
    assert.deepEqual(saidIn(peer), [{ kind: 'invite', channelUUID, by: owner!.userUUID }]);
    assert.notEqual(epochTo(peer), place['epoch']);
  },
  'gets each message of a small group, but not its sender, and again when it is resumed': async (world) => {
    const all = await world.joinMany(3);
    const [owner, one, two] = all;
    const channelUUID = await newGroup(owner!);
    await invite(owner!, channelUUID, one!, two!);
    const second = await world.signInByPair(one!, { url: world.otherUrl });
    const places = new Map<Member, Frame>();
    for (const member of [...all, second]) places.set(member, await openInbox(member.peer));
    const first = places.get(one!)!['seq'];
    const acks: Frame[] = [];
    for (const text of numbered(3)) acks.push(await say(owner!, channelUUID, text));
    const { channelMessages: page } = await owner!.peer.ask(requestById('channelMessages', channelUUID));
    const items = acks.map(({ UUID, Seq: messageSeq }, at) => ({
      ...{ seq: first + at + 1, kind: 'message', channelUUID, UUID, messageSeq, message: page.messages[at] },
    }));
    for (const member of [one!, two!, second]) {
      await nextItem(member.peer, first + 3);
      assert.deepEqual(itemsTo(member.peer), items);
      assert.equal((await openInbox(member.peer))['unread'], 3);
    }
    await world.curtain(owner!);
    assert.deepEqual(itemsTo(owner!.peer), []);
    const { peer } = await world.signInByPair(two!);
    const { recovered } = await openInbox(peer, { epoch: places.get(two!)!['epoch'], seq: first });
    assert.equal(recovered, true);
    await nextItem(peer, first + 3);
    assert.deepEqual(itemsTo(peer), items);
  },
  'counts what `channels` counts in a small group, and tells other connections what was read': async (
    world,
  ) => {
    const [owner, user] = await world.joinMany(2);
    const channelUUID = await newGroup(owner!);
    await invite(owner!, channelUUID, user!);
    const second = await world.signInByPair(user!, { url: world.otherUrl });
    await openInbox(second.peer);
    const acks: Frame[] = [];
    for (const text of numbered(4)) acks.push(await say(owner!, channelUUID, text));
    const unread = async (): Promise<number[]> => {
      const { channels } = await done(user!, 'channels', channelUUID, { scope: 'mine' });
      return [(await openInbox(second.peer))['unread'], channels[0].unread];
    };
    assert.deepEqual(await unread(), [4, 4]);
    const readSeq = acks[1]!['Seq'];
    for (let time = 0; time < 2; time += 1) await done(user!, 'channelRead', channelUUID, { seq: readSeq });
    await second.peer.next(({ inboxItem }) => inboxItem?.kind === 'read', 'a read item');
    assert.deepEqual(await unread(), [2, 2]);
    await say(user!, channelUUID, 'answer');
    await second.peer.next(
      ({ inboxItem }) => inboxItem?.readSeq === acks.at(-1)!['Seq'] + 1,
      'an item of the answer',
    );
    assert.deepEqual(await unread(), [0, 0]);
    await world.curtain(second);
    const reads = saidIn(second.peer).filter((item) => (item as Frame)['kind'] === 'read');
    assert.deepEqual(
      reads,
      [readSeq, acks.at(-1)!['Seq'] + 1].map((each) => ({ kind: 'read', channelUUID, readSeq: each })),
    );
  },
  'has nothing unread of a group that the user has left or was removed from': async (world) => {
    const [owner, one, two] = await world.joinMany(3);
    const channelUUID = await newGroup(owner!);
    await invite(owner!, channelUUID, one!, two!);
    for (const text of numbered(3)) await say(owner!, channelUUID, text);
    await done(owner!, 'channelKick', channelUUID, { userUUID: one!.userUUID });
    await done(two!, 'channelKick', channelUUID, { userUUID: two!.userUUID });
    await say(owner!, channelUUID, 'among us');
    for (const member of [one!, two!]) {
      const place = await openInbox(member.peer);
      assert.equal(place['unread'], 0);
      const again = await world.signInByPair(member);
      await openInbox(again.peer, { epoch: place['epoch'], seq: 0 });
      await nextItem(again.peer, place['seq']);
      // What was written while the user was a member is shown to members alone.
      assert.ok(itemsTo(again.peer).every(({ message }) => message === undefined));
    }
  },
  'tells members whom a message or an edit mentions, once, and nobody else': async (world) => {
    const [owner, one, two, outsider] = await world.joinMany(4);
    const channelUUID = await newGroup(owner!);
    await invite(owner!, channelUUID, one!, two!);
    for (const { peer } of [owner!, one!, two!, outsider!]) await openInbox(peer);
    const at = (...some: readonly Member[]) => some.map(({ username }) => `@${username}`).join(' ');
    const { UUID, Seq } = await say(owner!, channelUUID, at(owner!, one!, outsider!));
    const edited = at(two!, one!);
    await done(owner!, 'messageEdit', channelUUID, { UUID, message: edited });
    const mentions = (peer: Peer) => itemsTo(peer).filter(({ kind }) => kind === 'mention');
    for (const { peer } of [one!, two!])
      await peer.next(({ inboxItem }) => inboxItem?.kind === 'mention', 'a mention');
    await world.curtain(owner!, one!, two!, outsider!);
    const item = { kind: 'mention', channelUUID, UUID, messageSeq: Seq };
    for (const { peer } of [one!, two!]) {
      assert.equal(mentions(peer).length, 1);
      const { seq: _, message, ...said } = mentions(peer)[0]!;
      assert.deepEqual([said, message.UUID], [item, UUID]);
    }
    assert.equal(mentions(two!.peer)[0]!['message'].Message, edited);
    for (const { peer } of [owner!, outsider!]) assert.deepEqual(mentions(peer), []);
    await done(owner!, 'messageDelete', channelUUID, { UUID });
    const again = await world.signInByPair(one!, { url: world.otherUrl });
    await openInbox(again.peer, { epoch: epochTo(one!.peer), seq: 0 });
    const { inboxItem } = await again.peer.next(
      ({ inboxItem: each }) => each?.kind === 'mention',
      'the mention again',
    );
    assert.deepEqual([inboxItem.message.Message, TEXT.accepts(inboxItem.message.deletedAt)], ['', true]);
  },
});
