import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type ChannelJoin,
  type ChannelRef,
  type ChannelTarget,
  type Identity,
  inboxId,
} from '@parley/contracts';
import { AppError, type ServerFrameOf } from '@parley/protocol';
import { generalChannel, privateChannelOf } from './channel.js';
import { ChannelsService } from './channels.service.js';
import { ChannelLab } from './fixtures/channel-lab.js';
import { KnownPeople, newUser } from './fixtures/people.js';

describe('ChannelsService', () => {
  let lab: ChannelLab;
  beforeAll(() => {
    lab = new ChannelLab();
  });
  afterAll(() => lab.close());

  /** A service with two users who exist, and a connection of the first. */
  function setUp() {
    const people = new KnownPeople();
    const service = new ChannelsService(lab.repository(), lab.inboxes(), people.directory());
    const [ada, bob] = [people.add(newUser('ada')), people.add(newUser('bob'), false)];
    const connection = { gatewayId: randomUUID(), SUUID: randomUUID() };
    const join = (target: ChannelTarget, more: Partial<ChannelJoin> = {}) =>
      service.join({ user: ada, target, connection, limit: 10, order: 'desc', ...more }, randomUUID());
    const post = (sender: Identity, target: ChannelTarget, message: string, clientUUID?: string) =>
      service.post({ sender, target, message, clientUUID }, randomUUID());
    return { people, service, ada, bob, connection, join, post };
  }
  const joinedTo = ({ channelUUID }: { channelUUID: string }) =>
    lab.redis.hgetall(lab.keys.users(channelUUID));

  describe('finds', () => {
    it('the general channel without a target, and by its id', async () => {
      const { service, ada } = setUp();
      expect(await service.find(ada, {})).toEqual(generalChannel);
      const { channelUUID } = generalChannel;
      expect(await service.find(ada, { channelUUID })).toEqual(generalChannel);
    });

    it('one private channel for both directions, and notes to oneself, with the partner as each sees it', async () => {
      const { service, ada, bob } = setUp();
      const forAda = await service.find(ada, { recipientUUID: bob.UUID });
      const forBob = await service.find(bob, { recipientUUID: ada.UUID });
      expect(forAda).toMatchObject({ channelUUID: forBob.channelUUID, recipientUUID: bob.UUID });
      expect(forBob.recipientUUID).toBe(ada.UUID);
      expect(await service.find(ada, { recipientUUID: ada.UUID })).toEqual(
        privateChannelOf(ada.UUID, ada.UUID),
      );
    });

    it('a private channel that is in use by its id, for its two users only', async () => {
      const { service, ada, bob, people, post } = setUp();
      const { ChannelUUID: channelUUID } = await post(ada, { recipientUUID: bob.UUID }, 'hi');
      expect(await service.find(bob, { channelUUID })).toEqual(privateChannelOf(bob.UUID, ada.UUID));
      expect(await service.find(ada, { channelUUID })).toEqual(privateChannelOf(ada.UUID, bob.UUID));
      const eve = people.add(newUser('eve'));
      await expect(service.find(eve, { channelUUID })).rejects.toMatchObject({ name: 'FORBIDDEN' });
    });

    it('nothing out of place: unknown users and channels, and no hint whether two people talk', async () => {
      const { service, ada, bob, people } = setUp();
      const find = (target: ChannelTarget) => service.find(ada, target);
      await expect(find({ recipientUUID: randomUUID() })).rejects.toMatchObject({ name: 'USER_NOT_FOUND' });
      await expect(find({ channelUUID: randomUUID() })).rejects.toMatchObject({ name: 'CHANNEL_NOT_FOUND' });
      const { channelUUID } = privateChannelOf(bob.UUID, people.add(newUser()).UUID);
      await expect(find({ channelUUID })).rejects.toEqual(new AppError('FORBIDDEN'));
    });

    it('by channelUUID where recipientUUID says something else', async () => {
      const { service, ada, bob } = setUp();
      const target = { channelUUID: generalChannel.channelUUID, recipientUUID: bob.UUID };
      expect(await service.find(ada, target)).toEqual(generalChannel);
      const { channelUUID } = privateChannelOf(ada.UUID, bob.UUID);
      expect(await service.find(ada, { channelUUID, recipientUUID: bob.UUID })).toMatchObject({
        channelUUID,
      });
    });

    it('without a change', async () => {
      const { service, ada, bob } = setUp();
      const { channelUUID } = await service.find(ada, { recipientUUID: bob.UUID });
      expect(await lab.redis.exists(lab.keys.meta(channelUUID))).toBe(0);
    });
  });

  describe('joins', () => {
    it('a private channel with both people, who is joined being online, the newest messages first', async () => {
      const { ada, bob, join, post } = setUp();
      await post(ada, { recipientUUID: bob.UUID }, 'one');
      await post(bob, { recipientUUID: ada.UUID }, 'two');
      const joined = await join({ recipientUUID: bob.UUID });
      const users = [
        { ...ada, OnLine: true },
        { ...bob, OnLine: false },
      ];
      expect(joined).toMatchObject({ recipientUUID: bob.UUID, seq: 2, users, usersTotal: 2 });
      expect(joined.epoch).not.toBe('');
      expect(joined.messages).toMatchObject([
        { Seq: 2, Message: 'two', Sender: users[1], Recipient: users[0], RecipientUUID: ada.UUID },
        { Seq: 1, Message: 'one', Sender: users[0], Recipient: users[1], RecipientUUID: bob.UUID },
      ]);
      const ascending = await join({ recipientUUID: bob.UUID }, { order: 'asc', limit: 1 });
      expect(ascending.messages).toMatchObject([{ Seq: 2 }]);
      const both = await join({ recipientUUID: bob.UUID }, { order: 'asc' });
      expect(both.messages).toMatchObject([{ Seq: 1 }, { Seq: 2 }]);
    });

    it('notes to oneself, with oneself once', async () => {
      const { ada, join } = setUp();
      const { users, usersTotal } = await join({ recipientUUID: ada.UUID });
      expect({ users, usersTotal }).toEqual({ users: [{ ...ada, OnLine: true }], usersTotal: 1 });
    });

    it('the new channel before it leaves the old one', async () => {
      const { ada, bob, join } = setUp();
      const notes = await join({ recipientUUID: ada.UUID });
      const oldFrames = await lab.frames(notes.channelUUID);
      const withBob = await join({ recipientUUID: bob.UUID }, { leave: notes });
      expect(await joinedTo(notes)).toEqual({});
      expect(await joinedTo(withBob)).toEqual({ [ada.UUID]: '1' });
      expect(await oldFrames.settled()).toMatchObject([
        { type: 'channelLeave', channelLeave: { recipientUUID: ada.UUID } },
      ]);
    });

    it('the channel that it is in afresh, without leaving it', async () => {
      const { ada, join } = setUp();
      const notes = await join({ recipientUUID: ada.UUID });
      const frames = await lab.frames(notes.channelUUID);
      await join({ recipientUUID: ada.UUID }, { leave: notes });
      expect(await joinedTo(notes)).toEqual({ [ada.UUID]: '1' });
      expect((await frames.settled()).map(({ type }) => type)).toEqual(['sys']);
    });

    it('nothing when it fails, whether before or after the channel was joined', async () => {
      const { people, ada, bob, join } = setUp();
      const notes = await join({ recipientUUID: ada.UUID });
      const leave: ChannelRef = notes;
      await expect(join({ recipientUUID: randomUUID() }, { leave })).rejects.toMatchObject({
        name: 'USER_NOT_FOUND',
      });
      await expect(join({ channelUUID: randomUUID() }, { leave })).rejects.toMatchObject({
        name: 'CHANNEL_NOT_FOUND',
      });
      const frames = await lab.frames(privateChannelOf(bob.UUID, bob.UUID).channelUUID);
      people.fail(new AppError('UNAVAILABLE'));
      const bobsNotes = { user: bob, leave };
      await expect(join({ recipientUUID: bob.UUID }, bobsNotes)).rejects.toMatchObject({
        name: 'UNAVAILABLE',
      });
      expect(await joinedTo(privateChannelOf(bob.UUID, bob.UUID))).toEqual({});
      expect((await frames.settled()).map(({ type }) => type)).toEqual(['sys', 'channelLeave']);
      expect(await joinedTo(notes)).toEqual({ [ada.UUID]: '1' });
    });

    it('a large channel with 100 users to show, the one who joins among them', async () => {
      const { people, service } = setUp();
      const gatewayId = randomUUID();
      const crowd = Array.from({ length: 150 }, () => people.add(newUser()));
      const joinAs = (user: Identity) => {
        const connection = { gatewayId, SUUID: randomUUID() };
        return service.join({ user, target: {}, connection, limit: 1, order: 'desc' }, randomUUID());
      };
      await Promise.all(crowd.map(joinAs));
      const { users, usersTotal } = await joinAs(crowd[0]!);
      expect(usersTotal).toBe(150);
      expect(new Set(users.map(({ UUID }) => UUID)).size).toBe(100);
      expect(users).toContainEqual({ ...crowd[0]!, OnLine: true });
      await service.forgetGateway(gatewayId);
    });
  });

  describe('tells the other user of a private channel', () => {
    const openInbox = (user: Identity) => lab.inboxes().open(user.UUID);
    const items = async (user: Identity) => {
      const page = await lab.logs().page(inboxId(user.UUID), 0, undefined);
      return (page?.frames ?? []).map(({ json }) => JSON.parse(json) as ServerFrameOf<'inboxItem'>);
    };

    it('of each message, once however often it comes', async () => {
      const { ada, bob, service, post } = setUp();
      const target = { recipientUUID: bob.UUID };
      const stored = await post(ada, target, 'hi', 'c-1');
      expect(await post(ada, target, 'hi', 'c-1')).toEqual(stored);
      const request = { sender: ada, target, message: 'again' };
      const second = await service.post(request, 'request-1');
      expect(await service.post(request, 'request-1')).toEqual(second);
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

    it('when a message comes again whose inbox was not reached, of what is stored', async () => {
      const { people, ada, bob, post } = setUp();
      const lost = lab.redis.duplicate();
      const inboxes = lab.inboxes({}, lost);
      lost.disconnect();
      const dying = new ChannelsService(lab.repository(), inboxes, people.directory());
      const target = { recipientUUID: bob.UUID };
      const first = { sender: ada, target, message: 'first text', clientUUID: 'c-1' };
      await expect(dying.post(first, randomUUID())).rejects.toThrow('Connection is closed');
      expect(await items(bob)).toEqual([]);
      const { UUID } = await post(ada, target, 'another text', 'c-1');
      expect(await items(bob)).toMatchObject([{ inboxItem: { message: { UUID, Message: 'first text' } } }]);
    });

    it('not of another message that has the Seq of one that is lost', async () => {
      const { ada, bob, post } = setUp();
      const target = { recipientUUID: bob.UUID };
      const { ChannelUUID } = await post(ada, target, 'lost', 'c-1');
      await lab.redis.del(...['log', 'meta'].map((part) => lab.keys[part as 'log' | 'meta'](ChannelUUID)));
      await lab.redis.del(lab.keys.posted(inboxId(bob.UUID))[0]);
      const { UUID } = await post(bob, { recipientUUID: ada.UUID }, 'in its place');
      expect(await post(ada, target, 'lost', 'c-1')).toMatchObject({ Seq: 1 });
      expect((await items(bob)).map(({ inboxItem }) => inboxItem.message?.UUID)).not.toContain(UUID);
      expect(await items(bob)).toHaveLength(1);
    });

    it('and nobody of notes, the general channel and what is refused', async () => {
      const { people, ada, bob, post } = setUp();
      await post(ada, { recipientUUID: ada.UUID }, 'note');
      await post(ada, {}, 'to all');
      const { ChannelUUID: channelUUID } = await post(ada, { recipientUUID: bob.UUID }, 'ours');
      const eve = people.add(newUser('eve'));
      await expect(post(eve, { channelUUID }, 'theirs')).rejects.toMatchObject({ name: 'FORBIDDEN' });
      expect(await openInbox(ada)).toMatchObject({ seq: 0, unread: 0 });
      expect(await items(bob)).toHaveLength(1);
    });

    it('and takes what they join or write to as seen, nothing else', async () => {
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
      expect(await openInbox(ada)).toMatchObject({ seq: 3, unread: 0 });
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

    it('to somebody who exists, with their presence', async () => {
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
