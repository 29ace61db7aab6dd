import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { inboxId } from '@parley/contracts';
import { fromRedisError } from '@parley/redis';
import { type OwnRedis, startRedis } from '@parley/testing';
import { privateChannelOf } from './channel.js';
import { ChannelsService } from './channels.service.js';
import { ChannelLab } from './fixtures/channel-lab.js';
import { KnownPeople, newUser } from './fixtures/people.js';
import { LogsService } from './logs.service.js';
import { PostsService } from './posts.service.js';

describe('on a Redis that takes no writes', () => {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  async function setUp() {
    const server = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
    const lab = new ChannelLab(server.url);
    ends.push(
      () => server.remove(),
      () => lab.close(),
    );
    const people = new KnownPeople();
    const directory = people.directory();
    const channels = new ChannelsService(
      lab.repository(),
      lab.inboxService(),
      directory,
      lab.groupMembers(directory),
      lab.hooks(),
    );
    const posts = new PostsService(
      channels,
      lab.posts(),
      lab.postItems(),
      directory,
      lab.budget(),
      lab.mentions(),
      lab.hooks(),
      lab.webhooks(),
    );
    const logs = new LogsService(
      channels,
      lab.logs(),
      lab.inboxService(),
      directory,
      lab.groupMembers(directory),
      lab.hooks(),
    );
    const [ada, bob] = [people.add(newUser('ada')), people.add(newUser('bob'))];
    const target = { recipientUUID: bob.UUID };
    const { channelUUID } = privateChannelOf(ada.UUID, bob.UUID);
    const post = (message: string) => posts.post({ sender: ada, target, message, key: randomUUID() });
    const gatewayId = randomUUID();
    const connection = { gatewayId, SUUID: randomUUID() };
    const leaveNothing = { user: ada, connection, order: 'asc' as const, limit: 10 };
    const join = (to = target, more: Partial<Parameters<typeof channels.join>[0]> = {}) =>
      channels.join({ ...leaveNothing, key: randomUUID(), target: to, ...more });
    return { server, lab, channels, logs, ada, bob, target, channelUUID, post, join, connection };
  }

  /** Everything that is stored, without what may have expired, and without a reader's inbox: a full Redis takes cursors. */
  const everything = async (lab: ChannelLab, reader: string) => {
    const meta = lab.keys.meta(inboxId(reader));
    const isKept = (key: string) => key !== meta && !/:(posted|handled)/.test(key);
    const keys = (await lab.redis.keys('*')).filter(isKept).sort();
    return Promise.all(keys.map(async (key) => [key, await lab.redis.dump(key)]));
  };

  it.each([
    ['is full', 'STORAGE_FULL', ['maxmemory', '1'], ['maxmemory', '0']],
    ['has too few replicas', 'UNAVAILABLE', ['min-replicas-to-write', '1'], ['min-replicas-to-write', '0']],
  ] as const)(
    'and was restarted and %s, reads go on, and the next message after that begins the epoch',
    async (_, refusal, stop, allow) => {
      const { server, lab, logs, ada, bob, target, channelUUID, post, join } = await setUp();
      for (const text of ['one', 'two', 'three']) await post(text);
      const before = await logs.open({ user: ada, target: target, namesPartner: true });
      await restart(server, lab);
      await lab.redis.config('SET', ...stop);
      const stored = await everything(lab, ada.UUID);
      const error = await post('refused').catch(fromRedisError);
      expect(error).toMatchObject({ name: refusal, retryable: true });

      expect(await logs.open({ user: ada, target: target, namesPartner: true })).toEqual(before);
      const channelUUIDs = [channelUUID];
      expect(await logs.heads({ user: ada, channelUUIDs, epochs: [before.epoch] })).toEqual([before]);
      for (const log of [channelUUID, inboxId(bob.UUID)])
        expect(await logs.check(log)).toMatchObject({ seq: 3 });
      const page = await logs.read(channelUUID, { after: 1, epoch: before.epoch });
      expect(page).toMatchObject({ epoch: before.epoch, common: 3, frames: [{ seq: 2 }, { seq: 3 }] });
      const history = await logs.history({ user: ada, target, limit: 10 });
      expect(history.messages.map(({ Message }) => Message)).toEqual(['one', 'two', 'three']);
      expect(await logs.openInbox(bob)).toMatchObject({ seq: 3, unread: 3 });
      const joined = await join();
      const ofJoin = { epoch: before.epoch, seq: 3, users: [{ UUID: ada.UUID }, bob], isNoted: false };
      expect(joined).toMatchObject(ofJoin);
      expect(joined.messages.map(({ Message }) => Message)).toEqual(['one', 'two', 'three']);
      expect(await everything(lab, ada.UUID)).toEqual(stored);

      await lab.redis.config('SET', ...allow);
      expect(await post('four')).toMatchObject({ Seq: 4 });
      const [after] = await logs.heads({ user: ada, channelUUIDs, epochs: [before.epoch] });
      expect(after).toMatchObject({ seq: 4, from: 3, common: 3 });
      expect(after!.epoch).not.toBe(before.epoch);
    },
  );

  it.each([
    ['is full', ['maxmemory', '1'], ['maxmemory', '0']],
    ['has too few replicas', ['min-replicas-to-write', '1'], ['min-replicas-to-write', '0']],
  ] as const)('which %s, a join is not noted, and its leave tells nobody', async (_, stop, allow) => {
    const { lab, channels, ada, bob, channelUUID, join, connection } = await setUp();
    const carl = newUser();
    const other = await join({ recipientUUID: ada.UUID });
    const frames = await lab.frames(channelUUID);
    await lab.redis.config('SET', ...stop);
    const joined = await join(undefined, { leave: other });
    expect(joined).toMatchObject({ seq: 0, messages: [], users: [{ UUID: ada.UUID }, bob] });
    const channel = { channelUUID, recipientUUID: bob.UUID };
    await channels.leave({ user: ada, channel, connection });
    await channels.leave({ user: carl, channel, connection: { ...connection, SUUID: randomUUID() } });
    expect(await frames.settled()).toEqual([]);
    expect(await lab.redis.keys(`*${channelUUID}*`)).toEqual([]);
    await lab.redis.config('SET', ...allow);
    await join();
    expect(await frames.settled()).toMatchObject([{ type: 'sys' }]);
    expect(await lab.redis.hgetall(lab.keys.joinedUsers(channelUUID))).toEqual({ [ada.UUID]: '1' });
  });

  async function restart(server: OwnRedis, lab: ChannelLab): Promise<void> {
    await server.kill();
    await server.restart();
    await lab.redis.ping();
  }
});
