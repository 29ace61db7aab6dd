import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import {
  emptyHead,
  GATEWAY_ENDED,
  type GatewayEnded,
  inboxId,
  type JoinReply,
  type JoinRequest,
  type PostReply,
  type PostRequest,
} from '@parley/contracts';
import { AppError, decodeServerFrame } from '@parley/protocol';
import { eventually, testRedis } from '@parley/testing';
import { generalChannel } from './channel.js';
import { readChannelsSettings } from './config.js';
import { type AskingModule, eventsOf, startAsking, startChannels, startPeople } from './fixtures/apps.js';
import { FrameLog } from './fixtures/frame-log.js';
import { KnownPeople, newUser } from './fixtures/people.js';
import { ChannelKeys } from './redis/keys.js';

const people = new KnownPeople();
const { url, prefix, connect } = testRedis();
const settings = readChannelsSettings({ REDIS_URL: url, REDIS_PREFIX: prefix, LOG_LEVEL: 'fatal' });
const keys = new ChannelKeys(prefix);

describe('two replicas of the channels service over the transport', () => {
  const redis = connect();
  const apps: { close(): Promise<void> }[] = [];
  let asking: AskingModule;
  let users: INestApplicationContext;
  beforeAll(async () => {
    users = await startPeople(people, settings);
    apps.push(users);
    apps.push(await startChannels(settings), await startChannels(settings));
    const { app, asking: module } = await startAsking(settings);
    apps.push(app);
    asking = module;
  });
  afterAll(async () => {
    for (const app of apps.reverse()) await app.close();
    redis.disconnect();
  });

  const ada = people.add(newUser('ada'));
  const bob = people.add(newUser('bob'), false);
  const join = async (more: Partial<JoinRequest> = {}): Promise<JoinReply> => {
    const request: JoinRequest = {
      ...{ key: randomUUID(), user: ada, target: {}, limit: 10, order: 'desc' },
      connection: { gatewayId: 'gateway-1', SUUID: randomUUID() },
      ...more,
    };
    const { outcomes } = await asking.channels.ask('channels.joinAll', { joins: [request] });
    const [outcome] = outcomes;
    if (outcome !== undefined && 'joined' in outcome) return outcome.joined;
    if (outcome === undefined || 'apart' in outcome) throw new Error('no outcome');
    throw new AppError(outcome.error.name, outcome.error);
  };

  const post = async (posts: readonly Omit<PostRequest, 'key'>[]): Promise<PostReply[]> => {
    const keyed = posts.map((each) => ({ ...each, key: randomUUID() }));
    const { outcomes } = await asking.channels.ask('channels.postAll', { posts: keyed });
    return outcomes.map((outcome) => {
      if (!('stored' in outcome)) throw new Error(JSON.stringify(outcome));
      return outcome.stored;
    });
  };

  it('stores 300 messages of two senders once each, in one order for all', async () => {
    const frames = await FrameLog.open(redis, keys.frames(generalChannel.channelUUID));
    const batches = await Promise.all(
      Array.from({ length: 30 }, (_, batch) =>
        post(
          Array.from({ length: 10 }, (_, index) => ({
            sender: batch % 2 ? ada : bob,
            target: {},
            message: `message ${batch * 10 + index}`,
          })),
        ),
      ),
    );
    for (const batch of batches) {
      expect(batch.map(({ Seq }) => Seq)).toEqual(batch.map(({ Seq }) => Seq).sort((a, b) => a - b));
    }
    const stored = batches.flat();
    const seqs = Array.from({ length: 300 }, (_, index) => index + 1);
    expect(stored.map(({ Seq }) => Seq).sort((a, b) => a - b)).toEqual(seqs);
    await frames.atLeast(300);
    expect(frames.frames.map(({ seq }) => seq)).toEqual(seqs);
    frames.close();
  });

  it('stores one message for a clientUUID that is sent many times at once', async () => {
    const once = { sender: ada, target: { recipientUUID: bob.UUID }, message: 'once', clientUUID: 'c-1' };
    const batches = await Promise.all(Array.from({ length: 50 }, () => post([once, once])));
    const stored = batches.flat();
    expect(new Set(stored.map((each) => JSON.stringify(each))).size).toBe(1);
    expect(stored[0]).toMatchObject({ Seq: 1, clientUUID: 'c-1' });
  });

  it('answers a join with snapshot and users, and tells of joins and leaves', async () => {
    const connection = { gatewayId: 'gateway-1', SUUID: randomUUID() };
    const target = { recipientUUID: bob.UUID };
    const found = await asking.channels.ask('channels.find', { user: ada, target });
    const frames = await FrameLog.open(redis, keys.frames(found.channelUUID));
    const joined = await join({ target, connection });
    expect(joined).toMatchObject({ ...found, usersTotal: 2, users: [{ UUID: ada.UUID, OnLine: true }, bob] });
    const leave = { user: ada, channel: found, connection };
    const leaves = [leave, leave];
    expect(await asking.channels.ask('channels.leaveAll', { leaves })).toEqual({});
    await asking.channels.ask('channels.leaveAll', { leaves });
    expect((await frames.settled()).map(({ type }) => type)).toEqual(['sys', 'channelLeave']);
    frames.close();
  });

  it('answers with what a gateway continues from: heads, pages of logs and pages of the history', async () => {
    const target = { recipientUUID: people.add(newUser()).UUID };
    const opened = await asking.channels.ask('channels.open', { user: ada, target });
    const { channelUUID } = opened;
    expect(opened).toEqual({ channelUUID, ...target, ...emptyHead(null), reads: [] });
    await post(['one', 'two', 'three'].map((message) => ({ sender: ada, target, message })));
    const head = { epoch: expect.any(String), seq: 3, first: 1, from: 0, common: 3 };
    const reads = [{ userUUID: ada.UUID, seq: 3 }];
    const channelUUIDs = [channelUUID, randomUUID()];
    const heads = [ada, bob].map((user) => ({ user, channelUUIDs }));
    expect(await asking.channels.ask('channels.headsAll', { asked: heads })).toEqual({
      heads: [
        [{ channelUUID, ...target, ...head, reads }, null],
        [null, null],
      ],
    });
    const epochs = [opened.epoch, null];
    expect(await asking.channels.ask('channels.check', { logs: channelUUIDs, epochs })).toEqual({
      heads: [{ ...head, common: 0 }, emptyHead(null)],
    });
    const read = { user: ada, target, seq: 2 ** 40 };
    expect(await asking.channels.ask('channels.read', read)).toEqual({ channelUUID, seq: 3, unread: 0 });
    const page = await asking.channels.ask('channels.readLog', { log: channelUUID, after: 1, upTo: 2 });
    expect(page).toEqual({ ...head, frames: [{ seq: 2, json: expect.stringContaining('"Message":"two"') }] });
    const history = await asking.channels.ask('channels.history', { user: ada, target, limit: 2 });
    expect(history).toMatchObject({ channelUUID, messagesTotal: 3, hasMore: true });
    expect(history.messages.map(({ Message }) => Message)).toEqual(['two', 'three']);
  });

  it('answers with an inbox that holds its messages', async () => {
    const user = people.add(newUser('zoe'));
    const empty = await asking.channels.ask('channels.openInbox', { user });
    expect(empty).toEqual({ ...emptyHead(null), unread: 0 });
    const target = { recipientUUID: user.UUID };
    await post([{ sender: ada, target, message: 'hello' }]);
    const filled = await asking.channels.ask('channels.openInbox', { user });
    expect(filled).toMatchObject({ seq: 1, first: 1, from: 0, common: 1, unread: 1 });
    expect(filled.epoch).not.toBe(empty.epoch);
    const { frames } = await asking.channels.ask('channels.readLog', { log: inboxId(user.UUID), after: 0 });
    expect(decodeServerFrame(frames[0]!.json)).toMatchObject({
      ...{ type: 'inboxItem', inboxItem: { seq: 1, message: { Message: 'hello' } } },
    });
  });

  it('answers with the errors of the contract', async () => {
    await expect(join({ target: { recipientUUID: randomUUID() } })).rejects.toMatchObject({
      name: 'USER_NOT_FOUND',
    });
    await expect(join({ target: { channelUUID: randomUUID() } })).rejects.toMatchObject({
      name: 'CHANNEL_NOT_FOUND',
    });
    const posts = [
      { sender: ada, target: { recipientUUID: randomUUID() }, message: 'to nobody', key: randomUUID() },
      { sender: ada, target: {}, message: 'to all', key: randomUUID() },
    ];
    expect(await asking.channels.ask('channels.postAll', { posts })).toEqual({
      outcomes: [
        { error: expect.objectContaining({ name: 'USER_NOT_FOUND' }) },
        { stored: expect.objectContaining({ ChannelUUID: generalChannel.channelUUID }) },
      ],
    });
  });

  it('acknowledges a post at once while another of its request waits for the users service', async () => {
    const letGo = people.hang();
    const stranger = people.add(newUser('stranger'));
    const posts = [
      { sender: ada, target: { recipientUUID: stranger.UUID }, message: 'to a stranger', key: randomUUID() },
      { sender: ada, target: {}, message: 'to all', key: randomUUID() },
    ];
    const stored: number[] = [];
    const take = (place: number) => void stored.push(place);
    const end = asking.channels.askEach('channels.postAll', { posts }, { count: 2, take });
    await eventually(() => stored.length === 1);
    expect(stored).toEqual([1]);
    letGo();
    await end;
    expect(stored).toEqual([1, 0]);
  });

  it('forgets the connections of a gateway that has ended, once', async () => {
    const frames = await FrameLog.open(redis, keys.frames(generalChannel.channelUUID));
    const gatewayId = 'gateway-that-ends';
    const connections = Array.from({ length: 5 }, () => ({ gatewayId, SUUID: randomUUID() }));
    await Promise.all(connections.map((connection) => join({ connection })));
    await eventsOf(users).publish<GatewayEnded>(GATEWAY_ENDED, { gatewayId });
    await eventually(async () => (await redis.exists(keys.gatewayChannels(gatewayId))) === 0);
    const left = (await frames.settled()).filter(({ type }) => type === 'channelLeave');
    expect(left.map(({ SUUID }) => SUUID).sort()).toEqual(connections.map(({ SUUID }) => SUUID).sort());
    frames.close();
  });
});
