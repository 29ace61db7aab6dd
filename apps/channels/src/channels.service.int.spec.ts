import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChannelRef, type ChannelTarget, type Identity, type JoinRequest } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { eventually } from '@parley/testing';
import { generalChannel, privateChannelOf } from './channel.js';
import { ChannelsService } from './channels.service.js';
import { ChannelLab } from './fixtures/channel-lab.js';
import { KnownPeople, newUser } from './fixtures/people.js';
import { PostsService } from './posts.service.js';

describe('ChannelsService', () => {
  let lab: ChannelLab;
  beforeAll(() => {
    lab = new ChannelLab();
  });
  afterAll(() => lab.close());

  /** A service with two users who exist, and a connection of the first. */
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
    const join = (target: ChannelTarget, more: Partial<JoinRequest> = {}) =>
      service.join({ key: randomUUID(), user: ada, target, connection, limit: 10, order: 'desc', ...more });
    const post = (sender: Identity, target: ChannelTarget, message: string, clientUUID?: string) =>
      posts.post({ sender, target, message, clientUUID, key: randomUUID() });
    return { people, service, ada, bob, connection, join, post };
  }
  const joinedTo = ({ channelUUID }: { channelUUID: string }) =>
    lab.redis.hgetall(lab.keys.joinedUsers(channelUUID));

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

    it('a private channel by its id without asking again, for its two users only', async () => {
      const { service, ada, bob, people, post } = setUp();
      const { ChannelUUID: channelUUID } = await post(ada, { recipientUUID: bob.UUID }, 'hi');
      await service.find(bob, { channelUUID });
      await lab.redis.del(lab.keys.meta(channelUUID));
      expect(await service.find(ada, { channelUUID })).toEqual(privateChannelOf(ada.UUID, bob.UUID));
      const eve = people.add(newUser('eve'));
      await expect(service.find(eve, { channelUUID })).rejects.toMatchObject({ name: 'FORBIDDEN' });
    });

    it('no unknown user or channel, and gives no hint whether two people talk', async () => {
      const { service, ada, bob, people } = setUp();
      const find = (target: ChannelTarget) => service.find(ada, target);
      await expect(find({ recipientUUID: randomUUID() })).rejects.toMatchObject({ name: 'USER_NOT_FOUND' });
      await expect(find({ channelUUID: randomUUID() })).rejects.toMatchObject({ name: 'CHANNEL_NOT_FOUND' });
      const { channelUUID } = privateChannelOf(bob.UUID, people.add(newUser()).UUID);
      await expect(find({ channelUUID })).rejects.toEqual(new AppError('FORBIDDEN'));
    });

    it('by channelUUID where recipientUUID names another channel', async () => {
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
    it('a private channel with both users, the joined one online, and the newest messages first', async () => {
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

    it('the channel that it is in once more, without leaving it', async () => {
      const { ada, join } = setUp();
      const notes = await join({ recipientUUID: ada.UUID });
      const frames = await lab.frames(notes.channelUUID);
      await join({ recipientUUID: ada.UUID }, { leave: notes });
      expect(await joinedTo(notes)).toEqual({ [ada.UUID]: '1' });
      expect((await frames.settled()).map(({ type }) => type)).toEqual(['sys']);
    });

    it('no channel when it fails, whether before or after the channel was joined', async () => {
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

    it('nothing less than another replica has finished, when it fails late', async () => {
      const [late, other] = [setUp(), setUp()];
      const { people, ada, bob, connection } = late;
      other.people.add(ada);
      other.people.add(bob);
      const channel = await late.service.find(ada, { recipientUUID: bob.UUID });
      const request = { key: randomUUID(), user: ada, target: channel, connection, limit: 10 };
      const join = ({ service }: typeof late, order: number) =>
        service.join({ ...request, order: 'desc' }, { deadline: Number.MAX_SAFE_INTEGER, order });
      const letGo = people.hang();
      people.fail(new AppError('UNAVAILABLE'));
      const failing = expect(join(late, 1)).rejects.toMatchObject({ name: 'UNAVAILABLE' });
      await eventually(async () => expect(await joinedTo(channel)).toEqual({ [ada.UUID]: '1' }));
      await join(other, 2);
      letGo();
      await failing;
      expect(await joinedTo(channel)).toEqual({ [ada.UUID]: '1' });
    });

    it('a large channel with 100 users to show, the one who joins among them', async () => {
      const { people, service } = setUp();
      const gatewayId = randomUUID();
      const crowd = Array.from({ length: 150 }, () => people.add(newUser()));
      const joinAs = (user: Identity) => {
        const connection = { gatewayId, SUUID: randomUUID() };
        return service.join({ key: randomUUID(), user, target: {}, connection, limit: 1, order: 'desc' });
      };
      await Promise.all(crowd.map(joinAs));
      const { users, usersTotal } = await joinAs(crowd[0]!);
      expect(usersTotal).toBe(150);
      expect(new Set(users.map(({ UUID }) => UUID)).size).toBe(100);
      expect(users).toContainEqual({ ...crowd[0]!, OnLine: true });
      await service.forgetGateway(gatewayId);
    });
  });
});
