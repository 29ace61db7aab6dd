import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { decodePublished, inboxId } from '@parley/contracts';
import { aclUsers, fromRedisError } from '@parley/redis';
import { eventually, type OwnRedis, startCluster, startRedis } from '@parley/testing';
import { Redis } from 'ioredis';
import { privateChannelOf } from './channel.js';
import { ChannelsRepository } from './channels.repository.js';
import { ChannelLab, joining, leaving, message } from './fixtures/channel-lab.js';
import { newUser } from './fixtures/people.js';
import { GatewayChannels } from './gateway-channels.js';
import { InboxRepository } from './inbox.repository.js';
import { LargeReads } from './large-reads.js';
import { LogsRepository } from './logs.repository.js';
import { messageJson } from './message-json.js';
import { PostsRepository } from './posts.repository.js';
import { PublishingAppender } from './redis/appender.js';
import { ChannelKeys } from './redis/keys.js';

describe('ChannelsRepository', () => {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  async function ownRedis(...args: string[]): Promise<{ redis: OwnRedis; lab: ChannelLab }> {
    const redis = await startRedis({ args });
    const lab = new ChannelLab(redis.url);
    ends.push(
      () => redis.remove(),
      () => lab.close(),
    );
    return { redis, lab };
  }

  /** All that is stored about a channel. */
  const everything = async (lab: ChannelLab, channelUUID: string) => ({
    meta: await lab.redis.hgetall(lab.keys.meta(channelUUID)),
    log: await lab.log(channelUUID),
    recorded: await lab.redis.hlen((await lab.shards(channelUUID, 'posted'))[0]!),
    users: await lab.redis.hgetall(lab.keys.joinedUsers(channelUUID)),
  });

  it('refuses when Redis is full, with nothing half-written, and writes again when there is room', async () => {
    const { lab } = await ownRedis();
    const repository = lab.repository();
    const posts = lab.posts();
    const one = newUser();
    const channel = privateChannelOf(one.UUID, randomUUID());
    const send = (clientUUID: string) =>
      posts.append(message(one, 'text', { channel, mark: { clientUUID } }));
    const first = await send('c-1');
    const member = joining(one, 'gateway', channel);
    await repository.join(member, 'r', 10);
    const before = await everything(lab, channel.channelUUID);
    const frames = await lab.frames(channel.channelUUID);

    await lab.redis.config('SET', 'maxmemory', '1');
    const full = (error: unknown) => fromRedisError(error);
    expect(await send('c-2').catch(full)).toMatchObject({ name: 'STORAGE_FULL', retryable: true });
    const unused = privateChannelOf(one.UUID, randomUUID());
    expect(await posts.append(message(one, 'a', { channel: unused })).catch(full)).toMatchObject({
      name: 'STORAGE_FULL',
    });
    // A step tells the messages that are stored already from those that are not.
    const outcomes = await Promise.allSettled([send('c-1'), send('c-2'), send('c-1')]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await send('c-1')).toEqual({ ...first, duplicate: true });
    expect(await everything(lab, channel.channelUUID)).toEqual(before);
    expect(await lab.redis.keys(`*${unused.channelUUID}*`)).toEqual([]);
    expect(await frames.settled()).toEqual([]);

    await repository.leave(channel.channelUUID, member.connection, leaving(member));
    expect(await frames.settled()).toMatchObject([{ type: 'channelLeave' }]);
    await lab.redis.config('SET', 'maxmemory', '0');
    expect(await send('c-2')).toMatchObject({ Seq: 2 });
    expect(await lab.log(channel.channelUUID)).toHaveLength(2);
  });

  it('refuses an item of an inbox when Redis is full, with nothing half-written', async () => {
    const { lab } = await ownRedis();
    const [channels, inboxes] = [lab.posts(), lab.inboxes()];
    const one = newUser();
    const channel = privateChannelOf(one.UUID, randomUUID());
    const mark = { clientUUID: 'c-1' };
    const sent = message(one, 'text', { channel, mark });
    const stored = await channels.append(sent);
    const { channelUUID, recipientUUID: recipient } = channel;
    const item = { recipient, channelUUID, mark, stored, json: messageJson(sent.body, stored) };
    await lab.redis.config('SET', 'maxmemory', '1');
    const refused = { name: 'STORAGE_FULL', retryable: true };
    expect(await inboxes.put(item).catch(fromRedisError)).toMatchObject(refused);
    expect(await lab.redis.keys(`*${inboxId(recipient)}*`)).toEqual([]);
    await inboxes.markSeen(recipient, channelUUID, { epoch: stored.epoch, seq: 1 });
    await lab.redis.config('SET', 'maxmemory', '0');
    await inboxes.put(item);
    expect(await inboxes.open(recipient)).toMatchObject({ seq: 1, unread: 0 });
  });

  it('begins an epoch with the next entry when Redis restarts with an older state, so that no Seq is used twice within one epoch', async () => {
    const { redis, lab } = await ownRedis();
    const [repository, posts] = [lab.repository(), lab.posts()];
    const one = newUser();
    const channel = privateChannelOf(one.UUID, randomUUID());
    const send = (text: string) => posts.append(message(one, text, { channel }));
    const join = () => repository.join(joining(one, 'gateway', channel), randomUUID(), 10);
    const logs = lab.logs();
    await send('kept');
    await lab.redis.save();
    expect(await send('lost')).toMatchObject({ Seq: 2 });
    const { epoch } = await join();
    const { channelUUID } = channel;
    const head = async () => (await logs.head(channelUUID, epoch)).head;
    expect(await head()).toEqual({ epoch, seq: 2, first: 1, from: 0, common: 2 });

    await redis.kill();
    await redis.restart();
    // Until an entry begins the new epoch, readers get the old one with what is there of it.
    expect(await head()).toEqual({ epoch, seq: 1, first: 1, from: 0, common: 1 });
    expect(await join()).toMatchObject({ epoch, seq: 1 });
    expect(await send('new')).toMatchObject({ Seq: 2 });
    const after = await head();
    expect(after).toEqual({ epoch: expect.any(String), seq: 2, first: 1, from: 1, common: 1 });
    expect(after.epoch).not.toBe(epoch);
    expect(await logs.page(channelUUID, { after: 1 })).toMatchObject({ epoch: after.epoch, seq: 2 });
    expect(await join()).toMatchObject({ epoch: after.epoch, seq: 2 });
  });

  it('keeps every stored message through a kill -9 of a Redis that syncs each write', async () => {
    const { redis, lab } = await ownRedis('--appendonly', 'yes', '--appendfsync', 'always');
    const posts = lab.posts();
    const one = newUser();
    const channel = privateChannelOf(one.UUID, randomUUID());
    const texts = Array.from({ length: 50 }, (_, index) => `m ${index}`);
    const stored = await Promise.all(texts.map((text) => posts.append(message(one, text, { channel }))));
    await redis.kill();
    await redis.restart();
    const log = await lab.log(channel.channelUUID);
    expect(log.map(({ json }) => (JSON.parse(json) as { UUID: string }).UUID)).toEqual(
      stored.map(({ UUID }) => UUID),
    );
    expect(await posts.append(message(one, 'next', { channel }))).toMatchObject({ Seq: 51 });
  });

  it('needs no more of Redis than the ACL rules of its user allow', async () => {
    const { redis, lab } = await ownRedis();
    await lab.redis.call('ACL', 'SETUSER', 'channels', 'on', '>secret', ...aclUsers(lab.prefix).channels);
    const connection = new Redis(redis.url, { username: 'channels', password: 'secret' });
    ends.push(() => connection.disconnect());
    const repository = lab.repository(connection);
    const posts = lab.posts({ messages: 10, clientUuidMs: 60_000, fanOutMembers: 100 }, connection);
    const one = newUser();
    const channel = privateChannelOf(one.UUID, randomUUID());
    const member = joining(one, 'gateway', channel);
    await repository.join(member, 'r', 10);
    const { channelUUID, recipientUUID: recipient } = channel;
    const inbox = inboxId(recipient);
    const [logs, inboxes] = [lab.logs(connection), lab.inboxes({}, connection)];
    for (const clientUUID of ['c-1', 'c-2', 'c-3']) {
      const mark = { clientUUID };
      const stored = await posts.append(message(one, 'text', { channel, mark }));
      await inboxes.put({ recipient, channelUUID, mark, stored, json: '{}' });
      for (const log of [channelUUID, inbox]) {
        await lab.age(log, 'posted', 30_000); // half its life is over
      }
    }
    for (const log of [channelUUID, inbox]) expect(await lab.shards(log, 'posted')).toHaveLength(3);
    expect(await inboxes.open(recipient)).toMatchObject({ seq: 3, unread: 3 });
    await inboxes.markSeen(recipient, channelUUID, (await logs.head(channelUUID)).head);
    expect((await logs.page(channelUUID, { after: 0 })).frames).toHaveLength(3);
    expect(await logs.history(channelUUID, { limit: 2 })).toMatchObject({ total: 3, hasMore: true });
    await repository.leave(channel.channelUUID, member.connection, leaving(member));
    await repository.join(member, 's', 10);
    await repository.forgetGateway('gateway');
    expect(await repository.findPair(channel.channelUUID)).toEqual([one.UUID, channel.recipientUUID]);
    await expect(connection.hgetall(`${lab.prefix}:users:{directory}:names`)).rejects.toThrow('NOPERM');
  });

  it('works on a Cluster, with sharded publication', async () => {
    const cluster = await startCluster();
    const redis = cluster.connect();
    const subscriber = cluster.connect({ shardedSubscribers: true });
    ends.push(
      () => cluster.remove(),
      () => redis.disconnect(),
      () => subscriber.disconnect(),
    );
    const keys = new ChannelKeys('cluster-test');
    const retention = {
      messages: 100,
      changes: 100,
      inboxItems: 100,
      clientUuidMs: 60_000,
      fanOutMembers: 100,
    };
    const large = new LargeReads();
    const repository = new ChannelsRepository(redis, keys, new GatewayChannels(redis, keys), large);
    const posts = new PostsRepository(redis, keys, retention, new PublishingAppender(redis), {
      start: () => undefined,
    });
    const logs = new LogsRepository(redis, keys, large);
    const inboxes = new InboxRepository(redis, keys, retention, new PublishingAppender(redis), logs, {
      start: () => undefined,
    });
    const received = new Map<string, number[]>();
    subscriber.on('smessageBuffer', (channel: Buffer, bytes: Buffer) => {
      const seqs = received.get(channel.toString()) ?? [];
      received.set(channel.toString(), [...seqs, ...[...decodePublished(bytes)].map(({ seq }) => seq)]);
    });
    const one = newUser();
    const gatewayId = randomUUID();
    const channels = Array.from({ length: 12 }, () => privateChannelOf(one.UUID, randomUUID()));
    for (const channel of channels) {
      await subscriber.ssubscribe(keys.frames(channel.channelUUID));
      await repository.join(joining(one, gatewayId, channel), 'r', 10);
      const stored = await posts.append(message(one, 'hi', { channel }));
      expect(stored).toMatchObject({ Seq: 1 });
      const { channelUUID, recipientUUID: recipient } = channel;
      await subscriber.ssubscribe(keys.frames(inboxId(recipient)));
      await inboxes.put({ recipient, channelUUID, mark: { key: 'r' }, stored, json: '{}' });
      expect(await inboxes.open(recipient)).toMatchObject({ seq: 1, unread: 1 });
      expect(await logs.head(channelUUID)).toMatchObject({ head: { seq: 1 }, pair: [one.UUID, recipient] });
    }
    await repository.forgetGateway(gatewayId);
    await eventually(() =>
      expect(channels.map(({ channelUUID }) => received.get(keys.frames(channelUUID)))).toEqual(
        channels.map(() => [0, 1, 0]),
      ),
    );
    const inboxFrames = channels.map((each) => received.get(keys.frames(inboxId(each.recipientUUID))));
    expect(inboxFrames).toEqual(channels.map(() => [1]));
    expect(await redis.exists(keys.gatewayChannels(gatewayId))).toBe(0);
  }, 40_000);
});
