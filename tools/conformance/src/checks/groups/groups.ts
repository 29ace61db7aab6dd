import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { section } from '../../check.js';
import type { Frame } from '../../peer.js';
import { type Member, show, type World } from '../../world.js';
import { messagesTo, requestById, resume, twoUsers } from '../conversation.js';
import { errorNamed, saying } from '../expectations.js';
import { done, follow, invite, newGroup, news, say, told } from './group-world.js';

const listed = async ({ peer }: Member, scope: string, more: object = {}): Promise<Frame> => {
  const answer = await peer.ask({ type: 'channels', channels: { scope, ...more } });
  assert.equal(answer.type, 'channels', show(answer));
  return answer['channels'];
};

/** A private group of two users, the second on another replica if there is one. */
async function twoMembers(world: World): Promise<[Member, Member, string]> {
  const [one, two] = await twoUsers(world);
  const channelUUID = await newGroup(one);
  await invite(one, channelUUID, two);
  return [one, two, channelUUID];
}

/** Section 3, groups: making, writing, reading, listing and changing them. */
export const groups = section('3.22', 'Groups', {
  'are made by a user who owns them': async (world) => {
    const one = await world.join();
    await newGroup(one);
    const answer = await one.peer.ask({
      type: 'channelCreate',
      channelCreate: { name: 'Chess', private: true },
    });
    const { channel } = answer['channelCreate'];
    assert.deepEqual(
      { ...channel, channelUUID: '' },
      {
        ...{ channelUUID: '', name: 'Chess', topic: '', private: true, archived: false },
        ...{ role: 'owner', members: 1, seq: 0, unread: 0 },
      },
    );
  },
  'refuse a name, a topic and a mark that are none': async (world) => {
    const one = await world.join();
    const channelUUID = await newGroup(one);
    const create = (fields: object) => ({
      type: 'channelCreate',
      channelCreate: { name: 'x', private: true, ...fields },
    });
    for (const fields of [
      { name: '' },
      { name: ' ' },
      { name: 'x'.repeat(101) },
      { private: 'no' },
      { topic: 'x'.repeat(1_001) },
    ])
      await errorNamed('INVALID_FIELD', one.peer, create(fields));
    await errorNamed('INVALID_FIELD', one.peer, { type: 'channels', channels: { scope: 'all' } });
    for (const type of ['channelMembers', 'channelAudit'])
      await errorNamed('INVALID_FIELD', one.peer, requestById(type, channelUUID, { cursor: 'nonsense' }));
    for (const type of ['channelCreate', 'channels', 'channelMembers'])
      await errorNamed('NOT_SIGNED_IN', await world.connect(), {
        type,
        [type]: { name: 'x', private: true, scope: 'mine', channelUUID },
      });
  },
  'give a message to members on every replica, who joined or subscribed': async (world) => {
    const [one, two, channelUUID] = await twoMembers(world);
    const demo = await world.signInByPair(two);
    await follow(two, channelUUID);
    demo.peer.send(requestById('channelJoin', channelUUID));
    const { channelJoin } = await demo.peer.next('channelJoin');
    assert.deepEqual([channelJoin.channelUUID, channelJoin.recipientUUID], [channelUUID, '']);
    const ack = await say(one, channelUUID, 'hello');
    for (const { peer } of [two, demo]) {
      const { channelMessage } = await peer.next(saying('hello'), 'the message');
      assert.deepEqual(
        [channelMessage.ChannelUUID, channelMessage.RecipientUUID, channelMessage.UUID, channelMessage.Seq],
        [channelUUID, '', ack['UUID'], ack['Seq']],
      );
    }
    demo.peer.send(requestById('channelMessage', channelUUID, { message: 'from the demo' }));
    await two.peer.next(saying('from the demo'), 'the message of a plain frame');
  },
  'that are private look to others like one that does not exist': async (world) => {
    const [one, , channelUUID] = await twoMembers(world);
    const other = await world.join({ url: world.otherUrl });
    const place = await follow(one, channelUUID);
    for (const id of [channelUUID, channelUUID.replace(/.{4}$/, randomUUID().slice(-4))]) {
      for (const type of ['channelJoin', 'subscribe', 'channelMessages', 'channelMembers', 'channelAudit'])
        await errorNamed('CHANNEL_NOT_FOUND', other.peer, requestById(type, id));
      await errorNamed('CHANNEL_NOT_FOUND', other.peer, requestById('channelMessage', id, { message: 'x' }));
      const { channels } = await resume(await world.connect(), other, [
        { channelUUID: id, epoch: place['epoch'], seq: 0 },
      ]);
      assert.deepEqual(channels, [{ channelUUID: id, recovered: false }]);
    }
    await say(one, channelUUID, 'secret');
    await one.peer.next(saying('secret'), 'the message');
    assert.equal(messagesTo(other.peer, channelUUID).length, 0);
  },
  'that are public are read and written by members alone, and who joins is one': async (world) => {
    const [one, two] = await twoUsers(world);
    const channelUUID = await newGroup(one, false);
    await follow(one, channelUUID);
    for (const type of ['channelMessages', 'channelMembers'])
      await errorNamed('FORBIDDEN', two.peer, requestById(type, channelUUID));
    await errorNamed('FORBIDDEN', two.peer, requestById('channelMessage', channelUUID, { message: 'x' }));
    const { seq } = await follow(two, channelUUID);
    const { by, Seq } = await told(one, 'channelInvite', two.userUUID);
    assert.deepEqual([by, Seq], [two.userUUID, seq]);
    await say(two, channelUUID, 'now');
    await one.peer.next(saying('now'), 'the message');
    const three = await world.join();
    await three.peer.ask(requestById('channelJoin', channelUUID));
    await told(one, 'channelInvite', three.userUUID);
    await say(three, channelUUID, 'me too');
  },
  'are resumed over changes of their members': async (world) => {
    const [one, two, channelUUID] = await twoMembers(world);
    const place = await follow(two, channelUUID);
    const [three] = await world.joinMany(1);
    await say(one, channelUUID, 'a');
    await invite(one, channelUUID, three!);
    await done(one, 'channelSet', channelUUID, { topic: 'new' });
    await say(one, channelUUID, 'b');
    const { peer } = await world.signInByPair(two, { url: world.url });
    const first = Number(place['seq']);
    const after = { channelUUID, epoch: (await follow(one, channelUUID))['epoch'], seq: first };
    const resumed = await resume(peer, two, [after]);
    assert.deepEqual([resumed.channels[0].recovered, resumed.channels[0].seq], [true, first + 4]);
    const seqs = peer.frames.flatMap(({ sys, channelMessage }) => {
      if (channelMessage !== undefined) return channelMessage.Seq;
      const payload = sys?.[sys.type];
      return payload?.channelUUID === channelUUID && payload.Seq !== undefined ? payload.Seq : [];
    });
    assert.deepEqual(seqs, [first + 1, first + 2, first + 3, first + 4]);
  },
  'are listed to their members, the newest first, by pages': async (world) => {
    const one = await world.join();
    const made: string[] = [];
    for (let n = 0; n < 5; n += 1) made.unshift(await newGroup(one, n % 2 === 0));
    await say(one, made[0]!, 'newest');
    const seen: Frame[] = [];
    let cursor: string | undefined;
    do {
      const page = await listed(one, 'mine', { limit: 2, cursor });
      seen.push(...page['channels']);
      cursor = page['cursor'];
    } while (cursor !== undefined);
    assert.deepEqual(
      seen.map(({ channelUUID }) => channelUUID),
      made,
    );
    assert.equal(seen[0]!['lastMessage'].Message, 'newest');
  },
  'that are public are listed to everybody, without what was said': async (world) => {
    const [one, two] = await twoUsers(world);
    const [open, closed] = [await newGroup(one, false, 'open'), await newGroup(one, true, 'closed')];
    await say(one, open, 'hush');
    const { channels } = await listed(two, 'public', { limit: 100 });
    const found = channels.find(({ channelUUID }: Frame) => channelUUID === open);
    assert.deepEqual([found.name, found.role, found.unread], ['open', 'outsider', 0]);
    assert.equal('lastMessage' in found, false);
    assert.equal(
      channels.some(({ channelUUID }: Frame) => channelUUID === closed),
      false,
    );
  },
  'count as unread what was said since the user came': async (world) => {
    const [one, two] = await twoUsers(world);
    const channelUUID = await newGroup(one);
    await say(one, channelUUID, 'before');
    await invite(one, channelUUID, two);
    const unread = async () => (await listed(two, 'mine'))['channels'][0].unread;
    assert.equal(await unread(), 0);
    await say(one, channelUUID, 'after');
    await invite(one, channelUUID, await world.join());
    assert.equal(await unread(), 1);
  },
  'change their name and topic, and their members are told': async (world) => {
    const [one, two, channelUUID] = await twoMembers(world);
    await follow(two, channelUUID);
    const { channel } = await done(one, 'channelSet', channelUUID, { name: 'New', topic: 'what' });
    assert.deepEqual([channel.name, channel.topic], ['New', 'what']);
    const { name, topic, by, at } = await told(two, 'channelSet');
    assert.deepEqual([name, topic, by], ['New', 'what', one.userUUID]);
    assert.match(at, /^\d{4}-\d\d-\d\dT/);
    await done(one, 'channelSet', channelUUID, { name: 'New' });
    await say(one, channelUUID, 'end');
    await two.peer.next(saying('end'), 'the message');
    assert.equal(two.peer.count(news('channelSet')), 1);
    await errorNamed('INVALID_FIELD', one.peer, requestById('channelSet', channelUUID));
  },
  'that are archived take no message until they are brought back': async (world) => {
    const [one, two] = await twoUsers(world);
    const channelUUID = await newGroup(one, false);
    await follow(two, channelUUID);
    await done(one, 'channelSet', channelUUID, { archived: true });
    await told(two, 'channelSet');
    for (const { peer } of [one, two])
      await errorNamed('FORBIDDEN', peer, requestById('channelMessage', channelUUID, { message: 'x' }));
    await done(two, 'channelMessages', channelUUID);
    await done(one, 'channelSet', channelUUID, { archived: false });
    await say(two, channelUUID, 'again');
  },
  'tell moderators who changed what': async (world) => {
    const [one, two, channelUUID] = await twoMembers(world);
    await done(one, 'channelSet', channelUUID, { topic: 'hush' });
    const page = await done(one, 'channelAudit', channelUUID, { limit: 2 });
    assert.deepEqual(
      page['entries'].map(({ action }: Frame) => action),
      ['channelSet', 'channelInvite'],
    );
    assert.equal(page['entries'][1].userUUID, two.userUUID);
    assert.equal(JSON.stringify(page).includes('hush'), false);
    const { entries } = await done(one, 'channelAudit', channelUUID, { cursor: page['cursor'] });
    assert.deepEqual(
      entries.map(({ action }: Frame) => action),
      ['channelCreate'],
    );
  },
});
