import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChannelTarget, type Identity, inboxId } from '@parley/contracts';
import type { ServerFrameOf } from '@parley/protocol';
import { generalChannel, privateChannelOf } from './channel.js';
import { ChannelsService } from './channels.service.js';
import { ChannelLab } from './fixtures/channel-lab.js';
import { KnownPeople, newUser } from './fixtures/people.js';
import type { PostsRepository } from './posts.repository.js';
import { PostsService } from './posts.service.js';
import { ReadsService } from './reads/reads.service.js';
import { receivedIn } from './received/received-member.js';

/** Where the epoch begins in a place of an inbox: see positions.lua. */
const EPOCH_IN_PLACE = 24;

describe('PostsService', () => {
  let lab: ChannelLab;
  beforeAll(() => {
    lab = new ChannelLab();
  });
  afterAll(() => lab.close());

  /** A service with two users who exist. */
  function setUp() {
    const people = new KnownPeople();
    const directory = people.directory();
    const service = new ChannelsService(
      lab.repository(),
      lab.inboxService(),
      directory,
      lab.groupMembers(directory),
      lab.hooks(),
    );
    const posts = new PostsService(
      service,
      lab.posts(),
      lab.postItems(),
      directory,
      lab.budget(),
      lab.mentions(),
      lab.hooks(),
      lab.webhooks(),
    );
    const [ada, bob] = [people.add(newUser('ada')), people.add(newUser('bob'), false)];
    const connection = { gatewayId: randomUUID(), SUUID: randomUUID() };
    const join = (target: ChannelTarget) =>
      service.join({ key: randomUUID(), user: ada, target, connection, limit: 10, order: 'desc' });
    const post = (sender: Identity, target: ChannelTarget, message: string, clientUUID?: string) =>
      posts.post({ sender, target, message, clientUUID, key: randomUUID() });
    /** A service whose steps that store are as given, and whose inboxes have lost their connection. */
    const dying = (steps: PostsRepository) => {
      const lost = lab.redis.duplicate();
      const inboxes = lab.inboxService(lost);
      lost.disconnect();
      const rest = [directory, lab.budget(), lab.mentions(), lab.hooks(), lab.webhooks()] as const;
      return new PostsService(service, steps, lab.postItems(inboxes), ...rest);
    };
    return { dying, people, directory, service, posts, ada, bob, join, post };
  }

  describe('tells the other user of a private channel', () => {
    const openInbox = (user: Identity) => lab.inboxes().open(user.UUID);
    const items = async (user: Identity) => {
      const page = await lab.logs().page(inboxId(user.UUID), { after: 0 });
      return page.frames.map(({ json }) => JSON.parse(json) as ServerFrameOf<'inboxItem'>);
    };

    it('of each message, once however often it is sent', async () => {
      const { ada, bob, posts, post } = setUp();
      const target = { recipientUUID: bob.UUID };
      const stored = await post(ada, target, 'hi', 'c-1');
      expect(await post(ada, target, 'hi', 'c-1')).toEqual(stored);
      const request = { sender: ada, target, message: 'again', key: 'post-1' };
      const second = await posts.post(request);
      expect(await posts.post(request)).toEqual(second);
      const told = await items(bob);
      expect(told.map(({ inboxItem }) => inboxItem)).toMatchObject([
        { seq: 1, kind: 'message', channelUUID: stored.ChannelUUID, message: { UUID: stored.UUID } },
        { seq: 2, message: { UUID: second.UUID, Seq: 2, Message: 'again' } },
      ]);
      expect(told.map(({ inboxItem }) => JSON.stringify(inboxItem.message))).toEqual(
        (await lab.log(stored.ChannelUUID)).map(({ json }) => json),
      );
      expect(await openInbox(bob)).toMatchObject({ seq: 2, unread: 2 });
      expect(await openInbox(ada)).toMatchObject({ seq: 0, unread: 0 });
    });

    it('of the stored message when one is sent again that did not reach the inbox, where that is a step apart', async () => {
      const { dying, ada, bob, post } = setUp();
      const target = { recipientUUID: bob.UUID };
      const first = { sender: ada, target, message: 'first text', clientUUID: 'c-1', key: 'post-1' };
      await expect(dying(lab.postsInSteps()).post(first)).rejects.toMatchObject({
        ...{ name: 'UNAVAILABLE', message: expect.stringContaining('The message is stored') },
      });
      expect(await items(bob)).toEqual([]);
      const { UUID } = await post(ada, target, 'another text', 'c-1');
      expect(await items(bob)).toMatchObject([{ inboxItem: { message: { UUID, Message: 'first text' } } }]);
      await post(ada, target, 'another text', 'c-1');
      expect(await items(bob)).toHaveLength(1);
    });

    it('in the step that stores the message, where one node has both', async () => {
      const { dying, ada, bob, post } = setUp();
      const target = { recipientUUID: bob.UUID };
      await post(bob, { recipientUUID: ada.UUID }, 'hello');
      const first = { sender: ada, target, message: 'first text', clientUUID: 'c-1', key: 'post-1' };
      const stored = await dying(lab.posts()).post(first);
      expect(await items(bob)).toMatchObject([{ inboxItem: { message: { UUID: stored.UUID } } }]);
      expect(await openInbox(bob)).toMatchObject({ seq: 1, unread: 1 });
      expect(await openInbox(ada)).toMatchObject({ seq: 2, unread: 0 });
      expect(await dying(lab.posts()).post(first)).toEqual(stored);
      expect(await items(bob)).toHaveLength(1);
      const received = await lab.redis.zrange(lab.keys.received(bob.UUID), '0', '-1');
      expect(received.map(receivedIn)).toMatchObject([
        { UUID: stored.UUID, channelUUID: stored.ChannelUUID },
      ]);
    });

    it('of many messages of one step, each inbox in the order of its messages', async () => {
      const { people, ada, bob, post } = setUp();
      const eve = people.add(newUser('eve'));
      const sent = [
        ...[[ada, bob] as const, [eve, bob] as const, [bob, ada] as const, [ada, bob] as const],
        ...[[eve, ada] as const, [eve, ada] as const],
      ];
      const stored = await Promise.all(
        sent.map(([from, to], at) => post(from, { recipientUUID: to.UUID }, `${at}`, `c-${at}`)),
      );
      const toldTo = async (user: Identity) =>
        (await items(user)).flatMap(({ inboxItem }) => inboxItem.message?.Message ?? []);
      expect(await toldTo(bob)).toEqual(['0', '3', '1']);
      expect(await toldTo(ada)).toEqual(['2', '4', '5']);
      const again = sent.map(([from, to], at) => post(from, { recipientUUID: to.UUID }, `${at}`, `c-${at}`));
      expect(await Promise.all(again)).toEqual(stored);
      expect([await openInbox(bob), await openInbox(ada)]).toMatchObject([
        { seq: 4, unread: 2 },
        { seq: 4, unread: 2 },
      ]);
    });

    it('later where an inbox cannot be changed, which stops no other one', async () => {
      const { people, ada, bob, posts, dying, post } = setUp();
      const eve = people.add(newUser('eve'));
      const meta = lab.keys.meta(inboxId(bob.UUID));
      await lab.redis.set(meta, 'not a hash');
      const toBob = {
        sender: ada,
        target: { recipientUUID: bob.UUID },
        message: 'to bob',
        clientUUID: 'c-1',
      };
      const toEve = { ...toBob, target: { recipientUUID: eve.UUID }, clientUUID: 'c-2' };
      const service = dying(lab.posts());
      const outcomes = await Promise.allSettled(
        [toBob, toEve].map((each) => service.post({ ...each, key: randomUUID() })),
      );
      expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
      expect(await items(eve)).toHaveLength(1);
      await lab.redis.del(meta);
      await post(ada, toBob.target, 'to bob', 'c-1');
      await posts.post({ ...toBob, key: randomUUID() });
      expect(await items(bob)).toMatchObject([{ inboxItem: { message: { Message: 'to bob' } } }]);
      expect(await openInbox(bob)).toMatchObject({ seq: 1, unread: 1 });
    });

    it('once where its channel is in another epoch than the place in the inbox', async () => {
      const { ada, bob, post } = setUp();
      const target = { recipientUUID: bob.UUID };
      const { ChannelUUID } = await post(ada, target, 'before', 'c-1');
      await lab.redis.hset(lab.keys.meta(ChannelUUID), 'replid', '0'.repeat(16));
      for (const text of ['after', 'later']) await post(ada, target, text, text);
      for (const text of ['later', 'after']) await post(ada, target, text, text);
      const told = await items(bob);
      expect(told.map(({ inboxItem }) => inboxItem.message?.Message)).toEqual(['before', 'after', 'later']);
      expect(await openInbox(bob)).toMatchObject({ seq: 3, unread: 3 });
    });

    it('from their places in the epoch that follows lost messages', async () => {
      const { ada, bob, post, service } = setUp();
      const target = { recipientUUID: bob.UUID };
      const { channelUUID } = privateChannelOf(ada.UUID, bob.UUID);
      for (const text of ['one', 'two', 'three']) await post(ada, target, text);
      const reads = new ReadsService(service, lab.reads(), lab.inboxService());
      await reads.read({ user: bob, target: { recipientUUID: ada.UUID }, seq: 3 });
      await lab.redis.del(lab.keys.log(channelUUID));
      await lab.redis.hdel(lab.keys.meta(channelUUID), 'epoch', 'run', 'seq');
      expect(await post(ada, target, 'after')).toMatchObject({ Seq: 1 });
      expect(await openInbox(bob)).toMatchObject({ seq: 5, unread: 1 });
      const epoch = await lab.redis.hget(lab.keys.meta(channelUUID), 'epoch');
      for (const { UUID } of [ada, bob]) {
        const place = await lab.redis.hgetBuffer(lab.keys.meta(inboxId(UUID)), channelUUID);
        expect(place!.subarray(EPOCH_IN_PLACE).toString()).toBe(epoch);
      }
    });

    it('and replicas of the version before, as long as their memory of the inbox lives', async () => {
      const { ada, bob, post } = setUp();
      const target = { recipientUUID: bob.UUID };
      const inbox = inboxId(bob.UUID);
      const [younger] = lab.keys.memory(inbox, 'posted');
      await lab.redis.sadd(younger, 'put in before');
      await lab.redis.hset(lab.keys.meta(inbox), 'posted', `${Date.now() + 60_000} 0`);
      const { UUID } = await post(ada, target, 'hi', 'c-1');
      const record = Buffer.from(UUID.replaceAll('-', ''), 'hex').toString('base64url');
      expect(await lab.redis.sismember(younger, record)).toBe(1);
    });

    it('not of another message that has the Seq of a lost one', async () => {
      const { dying, ada, bob, post } = setUp();
      const target = { recipientUUID: bob.UUID };
      const first = { sender: ada, target, message: 'lost', clientUUID: 'c-1', key: 'post-1' };
      await expect(dying(lab.postsInSteps()).post(first)).rejects.toMatchObject({ name: 'UNAVAILABLE' });
      const { channelUUID } = privateChannelOf(ada.UUID, bob.UUID);
      await lab.redis.del(lab.keys.log(channelUUID));
      await lab.redis.hdel(lab.keys.meta(channelUUID), 'epoch', 'run', 'seq');
      const { UUID } = await post(bob, { recipientUUID: ada.UUID }, 'in its place');
      expect(await post(ada, target, 'lost', 'c-1')).toMatchObject({ Seq: 1 });
      expect((await items(bob)).map(({ inboxItem }) => inboxItem.message?.UUID)).not.toContain(UUID);
      expect(await items(bob)).toEqual([]);
    });

    it('and no one of notes, the general channel and refused messages', async () => {
      const { people, ada, bob, post } = setUp();
      await post(ada, { recipientUUID: ada.UUID }, 'note');
      await post(ada, {}, 'to all');
      const { ChannelUUID: channelUUID } = await post(ada, { recipientUUID: bob.UUID }, 'ours');
      const eve = people.add(newUser('eve'));
      await expect(post(eve, { channelUUID }, 'theirs')).rejects.toMatchObject({ name: 'FORBIDDEN' });
      expect(await openInbox(ada)).toMatchObject({ seq: 0, unread: 0 });
      expect(await items(bob)).toHaveLength(1);
    });

    it('and counts only channels that they join or write to as seen', async () => {
      const { people, ada, bob, join, post } = setUp();
      const eve = people.add(newUser('eve'));
      for (const sender of [bob, bob, eve]) await post(sender, { recipientUUID: ada.UUID }, 'to ada');
      expect(await openInbox(ada)).toMatchObject({ unread: 3 });
      await join({});
      await post(ada, {}, 'to all');
      expect(await openInbox(ada)).toMatchObject({ unread: 3 });
      await join({ recipientUUID: bob.UUID });
      expect(await openInbox(ada)).toMatchObject({ unread: 1 });
      await post(ada, { recipientUUID: eve.UUID }, 'to eve');
      expect(await openInbox(ada)).toMatchObject({ seq: 5, unread: 0 });
      expect(await openInbox(eve)).toMatchObject({ unread: 1 });
    });
  });

  describe('posts', () => {
    it('to the general channel, answered with what is stored', async () => {
      const { ada, post } = setUp();
      const frames = await lab.frames(generalChannel.channelUUID);
      const stored = await post(ada, {}, 'hello', 'c-1');
      expect(stored).toMatchObject({ ChannelUUID: generalChannel.channelUUID, clientUUID: 'c-1' });
      const [frame] = await frames.atLeast(1);
      expect(frame).toEqual({
        type: 'channelMessage',
        channelMessage: {
          UUID: stored.UUID,
          SenderUUID: ada.UUID,
          Sender: { ...ada, OnLine: true },
          RecipientUUID: '',
          Message: 'hello',
          ChannelUUID: stored.ChannelUUID,
          CreatedAt: stored.CreatedAt,
          Seq: stored.Seq,
        },
      });
      expect(await post(ada, {}, 'hello', 'c-1')).toEqual(stored);
    });

    it('to a user who exists, with their presence', async () => {
      const { ada, bob, post } = setUp();
      const frames = await lab.frames(privateChannelOf(ada.UUID, bob.UUID).channelUUID);
      await post(ada, { recipientUUID: bob.UUID }, 'hi');
      const [frame] = await frames.atLeast(1);
      expect(frame).toMatchObject({ channelMessage: { Recipient: { ...bob, OnLine: false } } });
      await expect(post(ada, { recipientUUID: randomUUID() }, 'hi')).rejects.toMatchObject({
        name: 'USER_NOT_FOUND',
      });
    });

    it('nothing into a private channel of others', async () => {
      const { people, ada, bob, post } = setUp();
      const { ChannelUUID: channelUUID } = await post(ada, { recipientUUID: bob.UUID }, 'ours');
      const eve = people.add(newUser('eve'));
      await expect(post(eve, { channelUUID }, 'mine')).rejects.toMatchObject({ name: 'FORBIDDEN' });
      expect(await lab.log(channelUUID)).toHaveLength(1);
    });
  });
});
