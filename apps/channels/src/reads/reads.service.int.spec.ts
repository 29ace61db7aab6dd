import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Identity, inboxId } from '@parley/contracts';
import { eventually, startRedis } from '@parley/testing';
import { generalChannel, privateChannelOf } from '../channel.js';
import { ChannelsService } from '../channels.service.js';
import { changeLog } from '../fixtures/change-log.js';
import { ChannelLab } from '../fixtures/channel-lab.js';
import type { FrameLog } from '../fixtures/frame-log.js';
import { KnownPeople, newUser } from '../fixtures/people.js';
import { PostsService } from '../posts.service.js';
import { readField } from '../redis/keys.js';
import { ReadsService } from './reads.service.js';

/** The frames that say how far a user has read. */
const positionsTold = async (frames: FrameLog) =>
  (await frames.settled()).filter((frame) => JSON.stringify(frame).includes('"channelRead"'));

describe('ReadsService', () => {
  let lab: ChannelLab;
  beforeAll(() => {
    lab = new ChannelLab();
  });
  afterAll(() => lab.close());

  /** Two users, their private channel, and what they do there. */
  function setUp(own = lab) {
    const people = new KnownPeople();
    const directory = people.directory();
    const inboxes = own.inboxService();
    const channels = new ChannelsService(
      own.repository(),
      inboxes,
      directory,
      own.groupMembers(directory),
      own.hooks(),
    );
    const mentions = own.mentions(people);
    const stored = own.posts();
    const posts = new PostsService(
      channels,
      stored,
      own.postItems(inboxes),
      directory,
      own.budget(),
      mentions,
      own.hooks(),
      own.webhooks(),
    );
    const service = new ReadsService(channels, own.reads(), inboxes);
    const [ada, bob, eve] = ['ada', 'bob', 'eve'].map((name) => people.add(newUser(name))) as [
      Identity,
      Identity,
      Identity,
    ];
    const { channelUUID } = privateChannelOf(ada.UUID, bob.UUID);
    const partner = (user: Identity) => ({ recipientUUID: user === ada ? bob.UUID : ada.UUID });
    const post = async (sender: Identity, count = 1) => {
      for (let n = 0; n < count; n += 1)
        await posts.post({ sender, target: partner(sender), message: `m ${n}`, key: randomUUID() });
    };
    const read = (user: Identity, seq: number) => service.read({ user, target: partner(user), seq });
    const change = (count: number) => changeLog(own.redis, own.keys, { channelUUID, count, keep: 1_000 });
    const connection = { gatewayId: randomUUID(), SUUID: randomUUID() };
    const join = (user: Identity, target = partner(user)) =>
      channels.join({ key: randomUUID(), user, target, connection, limit: 10, order: 'desc' });
    const leave = (user: Identity, channel = privateChannelOf(user.UUID, partner(user).recipientUUID)) =>
      channels.leave({ user, channel, connection });
    const reads = async () => {
      const [all] = await service.of([{ channelUUID, recipientUUID: '' }]);
      return Object.fromEntries(
        all!.map(({ userUUID, seq }) => [userUUID === ada.UUID ? 'ada' : 'bob', seq]),
      );
    };
    const unread = async (user: Identity) => (await inboxes.open(user.UUID)).unread;
    return {
      ...{
        ada,
        bob,
        eve,
        channelUUID,
        channels,
        service,
        post,
        read,
        change,
        connection,
        join,
        leave,
        reads,
      },
      ...{ unread, inboxes, posts, stored },
    };
  }

  it('moves a position forward, never back, and not beyond the newest entry', async () => {
    const { ada, bob, channelUUID, post, read, reads } = setUp();
    await post(bob, 5);
    expect(await read(ada, 2)).toEqual({ channelUUID, seq: 2, unread: 3 });
    expect(await read(ada, 1)).toEqual({ channelUUID, seq: 2, unread: 3 });
    expect(await read(ada, 2 ** 53 - 1)).toEqual({ channelUUID, seq: 5, unread: 0 });
    await post(bob);
    expect(await read(ada, 5)).toEqual({ channelUUID, seq: 5, unread: 1 });
    expect(await reads()).toEqual({ ada: 5, bob: 6 });
  });

  it('counts messages, not changes, wherever they lie', async () => {
    const { ada, bob, post, read, change, unread } = setUp();
    await post(bob, 2); // 1 and 2
    await change(3);
    await post(bob, 2); // 6 and 7
    await change(5);
    expect(await unread(ada)).toBe(4);
    expect(await read(ada, 1)).toMatchObject({ seq: 1, unread: 3 });
    expect(await unread(ada)).toBe(3);
    expect(await read(ada, 4)).toMatchObject({ seq: 4, unread: 2 });
    expect(await read(ada, 6)).toMatchObject({ seq: 6, unread: 1 });
    expect(await unread(ada)).toBe(1);
    expect(await read(ada, 100)).toMatchObject({ seq: 12, unread: 0 });
    expect(await unread(ada)).toBe(0);
    await change(2);
    expect(await unread(ada)).toBe(0);
    await post(bob);
    expect([await unread(ada), await read(ada, 1)]).toMatchObject([1, { seq: 12, unread: 1 }]);
  });

  it('is moved by posts, joins, leaves and the end of a gateway, and by no delivery', async () => {
    const { ada, bob, channels, connection, post, read, join, leave, reads } = setUp();
    await post(bob, 3);
    expect(await reads()).toEqual({ bob: 3 });
    await join(ada);
    const stored = () =>
      lab.redis.hget(lab.keys.meta(privateChannelOf(ada.UUID, bob.UUID).channelUUID), readField(ada.UUID));
    expect(await stored()).toBe('3 3');
    await post(bob, 2);
    // What a joined user has read needs no write.
    expect(await stored()).toBe('3 3');
    expect([await reads(), await read(ada, 1)]).toMatchObject([{ ada: 5 }, { seq: 3, unread: 0 }]);
    await leave(ada);
    expect([await reads(), await read(ada, 1)]).toMatchObject([{ ada: 5 }, { seq: 5, unread: 0 }]);
    await join(ada);
    await post(bob);
    await channels.forgetGateway(connection.gatewayId);
    await post(bob);
    expect([await reads(), await read(ada, 1)]).toMatchObject([
      { ada: 6, bob: 7 },
      { seq: 6, unread: 1 },
    ]);
    await post(ada);
    expect(await reads()).toEqual({ ada: 8, bob: 7 });
  });

  it('tells the members of a private channel when a position moves, by no entry of the log', async () => {
    const { ada, bob, channelUUID, post, read, join, leave } = setUp();
    await post(bob, 3);
    const frames = await lab.frames(channelUUID);
    for (const seq of [2, 1, 2, 9]) await read(ada, seq);
    await join(ada);
    await leave(ada);
    const channelRead = (seq: number) => ({
      type: 'sys',
      sys: { type: 'channelRead', channelRead: { channelUUID, userUUID: ada.UUID, seq } },
    });
    expect(await positionsTold(frames)).toEqual([channelRead(2), channelRead(3)]);
    expect(frames.frames.every(({ seq }) => seq === 0)).toBe(true);
  });

  it('tells nobody in the general channel, and keeps the position there', async () => {
    const { ada, eve, service, channels, join, leave } = setUp();
    const general = { recipientUUID: '' };
    const frames = await lab.frames(generalChannel.channelUUID);
    const { seq } = await join(eve, general);
    await leave(eve, generalChannel);
    expect(await service.read({ user: ada, target: {}, seq: 2 ** 40 })).toMatchObject({ seq, unread: 0 });
    expect(await positionsTold(frames)).toEqual([]);
    expect(await service.of([generalChannel])).toEqual([undefined]);
    expect(await channels.find(ada, {})).toEqual(generalChannel);
  });

  it('is moved by a post to the general channel some time after it, not to another epoch', async () => {
    const { ada, service, posts, stored } = setUp();
    const post = () => posts.post({ sender: ada, target: {}, message: 'text', key: randomUUID() });
    const position = async () => (await service.read({ user: ada, target: {}, seq: 0 })).seq;
    const { Seq } = await post();
    expect(await position()).toBe(0);
    await stored.beforeApplicationShutdown();
    expect(await position()).toBe(Seq);
    await post();
    const meta = lab.keys.meta(generalChannel.channelUUID);
    const epoch = (await lab.redis.hget(meta, 'epoch'))!;
    await lab.redis.hset(meta, 'epoch', randomUUID());
    await stored.beforeApplicationShutdown();
    await lab.redis.hset(meta, 'epoch', epoch);
    expect(await position()).toBe(Seq);
  });

  it("tells the user's other connections through the inbox, once, where something was unread", async () => {
    const { ada, bob, channelUUID, post, read, change } = setUp();
    await post(bob);
    await change(4);
    await post(bob);
    for (const seq of [3, 3, 2, 6]) await read(ada, seq);
    const items = (await lab.log(inboxId(ada.UUID))).map(({ json }) => JSON.parse(json) as { kind: string });
    const item = { kind: 'read', channelUUID };
    expect(items.filter(({ kind }) => kind === 'read')).toEqual([
      { seq: 3, ...item, readSeq: 3 },
      { seq: 4, ...item, readSeq: 6 },
    ]);
  });

  it('makes up what the inbox lacks when the request is repeated', async () => {
    const { ada, bob, channelUUID, post, read, unread } = setUp();
    await post(bob, 2);
    // A replica that died between the two steps.
    await lab.reads().move({ channelUUID, user: ada.UUID, seq: 2 });
    expect(await unread(ada)).toBe(2);
    await read(ada, 2);
    expect(await unread(ada)).toBe(0);
  });

  it('refuses who may not read the channel', async () => {
    const { eve, bob, channelUUID, service, post } = setUp();
    await post(bob);
    const reading = service.read({ user: eve, target: { channelUUID }, seq: 1 });
    await expect(reading).rejects.toMatchObject({ name: 'FORBIDDEN' });
  });

  it('shows the positions of the members of small groups alone, whoever has been one', async () => {
    const { ada, bob, eve, service } = setUp();
    const channelUUID = randomUUID();
    const members = lab.keys.meta(channelUUID).replace(/meta$/, 'members');
    await lab.redis.hset(lab.keys.meta(channelUUID), { kind: 'group', members: 100, seq: 7 });
    await lab.redis.hset(members, ada.UUID, 'owner 1 0', bob.UUID, 'member 2 0');
    for (const { UUID } of [ada, eve]) await lab.redis.hset(lab.keys.reads(channelUUID), UUID, '5 5');
    await lab.redis.hset(lab.keys.joinedUsers(channelUUID), bob.UUID, 1);
    const positions = [
      { userUUID: ada.UUID, seq: 5 },
      { userUUID: bob.UUID, seq: 7 },
    ];
    expect((await service.of([{ channelUUID, recipientUUID: '' }]))[0]).toEqual(
      expect.arrayContaining(positions),
    );
    expect((await service.of([{ channelUUID, recipientUUID: '' }]))[0]).toHaveLength(2);
    await lab.redis.hset(lab.keys.meta(channelUUID), 'members', 101);
    expect(await service.of([{ channelUUID, recipientUUID: '' }])).toEqual([undefined]);
    const move = (user: string) => lab.reads().move({ channelUUID, user, seq: 6 });
    expect(await move(ada.UUID)).toMatchObject({ seq: 6, unread: 1 });
    await expect(move(eve.UUID)).rejects.toMatchObject({ name: 'FORBIDDEN' });
  });

  it('moves positions in a Redis that is full', async () => {
    const server = await startRedis();
    const own = new ChannelLab(server.url);
    try {
      const { ada, bob, post, read, unread } = setUp(own);
      await post(bob, 3);
      await own.redis.config('SET', 'maxmemory', 1);
      expect(await read(ada, 2)).toMatchObject({ seq: 2, unread: 1 });
      await eventually(async () => expect(await unread(ada)).toBe(1));
    } finally {
      own.close();
      await server.remove();
    }
  });
});
