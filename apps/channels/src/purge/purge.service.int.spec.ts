import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GENERAL_CHANNEL, type Identity, inboxId, newGroupId, privateChannel } from '@parley/contracts';
import { decodeServerFrame, type Message } from '@parley/protocol';
import { eventually, type OwnRedis, startRedis } from '@parley/testing';
import type { WhatToChange } from '../changes/changes.repository.js';
import { groupChannel } from '../channel.js';
import { ChannelsService } from '../channels.service.js';
import { ChannelLab, message } from '../fixtures/channel-lab.js';
import { KnownPeople, newUser } from '../fixtures/people.js';
import { LogsService } from '../logs.service.js';
import { textFields } from '../message-json.js';
import { PostsService } from '../posts.service.js';
import { NEVER_LATE } from '../redis/delivery.js';
import { PurgeRepository } from './purge.repository.js';
import { PurgeService } from './purge.service.js';

const SECRET = 'the secret of ada';

describe('a purge', () => {
  let server: OwnRedis;
  let lab: ChannelLab;
  beforeAll(async () => {
    server = await startRedis();
    lab = new ChannelLab(server.url);
  });
  afterAll(async () => {
    lab.close();
    await server.remove();
  });

  function setUp() {
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
    const [ada, bob, eve] = ['ada', 'bob', 'eve'].map((name) => people.add(newUser(name))) as [
      Identity,
      Identity,
      Identity,
    ];
    const users = { ask: (_: string, request: { offset: number; limit: number }) => people.list(request) };
    const events = {
      publish: (_: string, { userUUID }: { userUUID: string }) => {
        directory.forget(userUUID);
        return Promise.resolve();
      },
    };
    const repository = new PurgeRepository(lab.redis, lab.keys);
    const service = new PurgeService(
      repository,
      users as never,
      events as never,
      lab.groupMembers(directory),
    );
    const post = (sender: Identity, message: string, to = '', clientUUID = randomUUID() as string) =>
      posts.post({ sender, target: { recipientUUID: to }, message, clientUUID, key: randomUUID() });
    const purge = async (user: Identity) => {
      let steps = 0;
      let cursor: string | undefined;
      do {
        cursor = await service.purgeUser(user.UUID, cursor);
        steps += 1;
      } while (cursor !== undefined);
      return steps;
    };
    return { people, directory, channels, logs, service, repository, ada, bob, eve, post, purge };
  }

  /** Everything that Redis holds, as text. */
  async function everything(): Promise<string> {
    const dumps = await Promise.all(
      (await lab.redis.keys('*')).map(async (key) => `${key} ${await textOf(key)}`),
    );
    return dumps.join('\n');
  }

  async function textOf(key: string): Promise<string> {
    const type = await lab.redis.type(key);
    if (type === 'stream') return JSON.stringify(await lab.redis.xrange(key, '-', '+'));
    if (type === 'hash') return JSON.stringify(await lab.redis.hgetall(key));
    if (type === 'zset') return JSON.stringify(await lab.redis.zrange(key, '0', '-1'));
    if (type === 'set') return (await lab.redis.smembers(key)).join();
    return (await lab.redis.get(key)) ?? '';
  }

  it('of a user leaves no text and no name, and keeps what others wrote to each other', async () => {
    const { people, channels, logs, ada, bob, eve, post, purge } = setUp();
    await post(bob, 'bob to all');
    await post(ada, SECRET);
    await post(eve, 'eve to all');
    await post(ada, SECRET, bob.UUID);
    await post(bob, 'bob to ada', ada.UUID);
    await post(ada, SECRET, ada.UUID);
    await post(eve, 'eve to bob', bob.UUID);
    people.remove(ada);
    await purge(ada);

    const left = await everything();
    for (const gone of [SECRET, ada.Username, 'bob to ada', privateChannel(ada.UUID, ada.UUID)])
      expect(left).not.toContain(gone);
    expect(await lab.redis.keys(`*${privateChannel(ada.UUID, bob.UUID)}*`)).toEqual([]);
    expect(await lab.redis.keys(`*${inboxId(ada.UUID)}*`)).toEqual([]);

    const history = await logs.history({ user: eve, target: {}, limit: 10 });
    const tombstone = {
      SenderUUID: ada.UUID,
      Sender: { Username: '' },
      Message: '',
      deletedAt: expect.any(String),
    };
    const texts = history.messages.slice(-3);
    expect(texts).toMatchObject([{ Message: 'bob to all' }, tombstone, { Message: 'eve to all' }]);
    expect(texts.map(({ Seq }) => Seq - texts[0]!.Seq)).toEqual([0, 1, 2]);
    // The message of Eve is unread; what Ada wrote is not.
    expect(await logs.openInbox(bob)).toMatchObject({ unread: 1 });
    await expect(channels.find(bob, { recipientUUID: ada.UUID })).rejects.toMatchObject({
      name: 'USER_NOT_FOUND',
    });
    expect(await post(bob, 'next')).toMatchObject({ Seq: texts[2]!.Seq + 1 });
  });

  it('of a user takes edits, reactions and the name out of what is kept beside the log', async () => {
    const { people, logs, ada, bob, eve, post, purge } = setUp();
    const change = (by: Identity, UUID: string, what: WhatToChange) =>
      lab.changes().change({
        ...{ channelUUID: GENERAL_CHANNEL, user: by.UUID, UUID, what, key: randomUUID(), ...NEVER_LATE },
      });
    const react = (reaction: string) => ({ kind: 'react', reaction, remove: false }) as const;
    const edit = (text: string) => {
      const fields = textFields(text, [{ userUUID: ada.UUID, username: ada.Username }]);
      return { kind: 'edit', fields } as const;
    };
    const [own, moved, doomed] = [await post(ada, 'own'), await post(ada, SECRET), await post(bob, 'doomed')];
    const [liked, named] = [await post(bob, 'liked'), await post(bob, 'named')];
    await change(ada, own.UUID, edit(`edited ${SECRET}`));
    await change(bob, own.UUID, react('hm'));
    await change(ada, liked.UUID, react(SECRET));
    await change(ada, liked.UUID, react('+1'));
    await change(eve, liked.UUID, react('+1'));
    await change(bob, named.UUID, edit('names someone'));
    await change(bob, doomed.UUID, { kind: 'delete' });
    expect(await lab.redis.zcard(lab.keys.gone(GENERAL_CHANNEL))).toBeGreaterThan(1);
    await post(ada, `after ${SECRET}`);
    people.remove(ada);
    await purge(ada);

    const left = await everything();
    for (const gone of [SECRET, ada.Username]) expect(left).not.toContain(gone);
    const { messages } = await logs.history({ user: eve, target: {}, limit: 6 });
    const tombstone = { Message: '', Sender: { Username: '' }, deletedAt: expect.any(String) };
    expect(messages).toMatchObject([
      { ...tombstone, UUID: own.UUID },
      { ...tombstone, UUID: moved.UUID },
      { UUID: doomed.UUID, Message: '', Sender: { Username: bob.Username } },
      { Message: 'liked', reactions: [{ reaction: '+1', count: 1, mine: true }] },
      { Message: 'names someone', mentions: [{ userUUID: ada.UUID, username: '' }] },
      tombstone,
    ]);
    expect(messages[0]).not.toHaveProperty('reactions');
    const { frames } = await lab.logs().page(GENERAL_CHANNEL, { after: named.Seq });
    for (const { json } of frames) expect(() => decodeServerFrame(json)).not.toThrow();
  });

  it('of a user loses nothing that is written meanwhile, and may be repeated after a crash', async () => {
    const { people, service, ada, bob, post, purge } = setUp();
    for (let n = 0; n < 50; n += 1) await post(n % 2 ? ada : bob, n % 2 ? SECRET : `text ${n}`);
    const before = await lab.log(GENERAL_CHANNEL);
    people.remove(ada);
    // A replica that died in the middle of it.
    const repository = new PurgeRepository(lab.redis, lab.keys);
    await repository.step({
      ...{ log: GENERAL_CHANNEL, run: 'died', after: 0, kind: 'message', whose: ada.UUID },
    });
    const purging = purge(ada);
    for (let n = 0; n < 40; n += 1) await post(bob, `meanwhile ${n}`);
    await purging;
    const after = await lab.log(GENERAL_CHANNEL);
    expect(after.map(({ id }) => id).slice(0, before.length)).toEqual(before.map(({ id }) => id));
    expect(after).toHaveLength(before.length + 40);
    expect(await everything()).not.toContain(SECRET);
    expect(await lab.redis.keys('*copy*')).toEqual([]);
    expect(await lab.redis.hexists(lab.keys.meta(GENERAL_CHANNEL), 'rewriting')).toBe(0);
    expect(await service.purgeUser(ada.UUID)).toBeUndefined();
    expect(await lab.log(GENERAL_CHANNEL)).toEqual(after);
  });

  it('that another one has overtaken says so', async () => {
    const { repository, ada, bob, post } = setUp();
    for (let n = 0; n < 40; n += 1) await post(ada, SECRET);
    const what = { log: GENERAL_CHANNEL, kind: 'message' as const, after: 0 };
    const first = await repository.step({ ...what, run: 'first', whose: ada.UUID });
    await repository.step({ ...what, run: 'second', whose: bob.UUID });
    expect(await repository.step({ ...what, run: 'first', whose: ada.UUID, after: first as number })).toBe(
      'ended',
    );
  });

  it('makes room in a Redis that is full', async () => {
    const { people, ada, bob, post, purge } = setUp();
    for (let n = 0; n < 50; n += 1) await post(ada, 'x'.repeat(4_000));
    await post(bob, 'x'.repeat(4_000), ada.UUID);
    people.remove(ada);
    const used = async () => Number(/used_memory:(\d+)/.exec(await lab.redis.info('memory'))![1]);
    const before = await used();
    await lab.redis.config('SET', 'maxmemory', 1);
    await purge(ada);
    await lab.redis.config('SET', 'maxmemory', 0);
    // Redis frees large keys in another thread.
    await eventually(async () => expect(before - (await used())).toBeGreaterThan(50 * 4_000));
    expect(await everything()).not.toContain('x'.repeat(4_000));
  });

  it('of a user empties the places of their texts in every group, also in those that they have left', async () => {
    const { people, ada, bob, purge, service, directory } = setUp();
    const [groups, memberships] = [lab.groupsService(directory), lab.groupMembers(directory)];
    const ids = [newGroupId(), newGroupId()];
    for (const channelUUID of ids) {
      await groups.create({ user: ada, channelUUID, name: 'a group', topic: '', private: false });
      await memberships.invite({ user: ada, channelUUID, userUUIDs: [bob.UUID] });
      await lab.posts().append(message(ada, 'the secret of a group', { channel: groupChannel(channelUUID) }));
    }
    const settings = { user: ada, channelUUID: ids[1]! };
    const topic = 'an earlier "topic", \\ of the secret, {"by":"nobody"}';
    await groups.change({ ...settings, topic });
    await groups.change({ ...settings, topic: 'a topic', name: 'the present name' });
    await memberships.leave(ada.UUID, ids[0]!);
    people.remove(ada);
    await purge(ada);
    for (const gone of ['the secret of a group', 'earlier']) expect(await everything()).not.toContain(gone);
    const { frames } = await lab.logs().page(ids[1]!, { after: 0 });
    const told = frames.map(({ json }) => decodeServerFrame(json) as { sys?: { channelSet?: object } });
    expect(told.flatMap(({ sys }) => sys?.channelSet ?? [])).toMatchObject([
      { by: ada.UUID, Seq: expect.any(Number) },
      { by: ada.UUID, topic: 'a topic', name: 'the present name' },
    ]);
    expect(await lab.redis.keys(`*${inboxId(ada.UUID)}*`)).toEqual([]);
    for (const channelUUID of ids)
      expect((await groups.members({ user: bob, channelUUID, limit: 10 })).members).toMatchObject([
        { UUID: bob.UUID, role: 'owner' },
      ]);
    await service.purgeChannel(ids[0]!);
    expect(await lab.redis.keys(`*${ids[0]!}*`)).toEqual([]);
    expect((await groups.list({ user: bob, scope: 'mine', limit: 10 })).channels).toHaveLength(1);
    expect(await lab.redis.zrange(lab.keys.publicGroups(), '0', '-1')).not.toContain(ids[0]);
  });

  it('of a channel leaves nothing of it, and its next message begins another epoch', async () => {
    const { logs, service, ada, bob, post } = setUp();
    for (let n = 0; n < 3; n += 1) await post(ada, `text ${n}`, bob.UUID);
    const channelUUID = privateChannel(ada.UUID, bob.UUID);
    const target = { recipientUUID: bob.UUID };
    const before = await logs.open({ user: ada, target, namesPartner: true });
    await service.purgeChannel(channelUUID);
    expect(await lab.redis.keys(`*{${channelUUID}}*`)).toEqual([]);
    expect(await post(ada, 'after it', bob.UUID)).toMatchObject({ Seq: 1 });
    const after = await logs.open({ user: ada, target, namesPartner: true });
    expect(after).toMatchObject({ seq: 1 });
    expect(after.epoch).not.toBe(before.epoch);
    const messages = (await lab.log(channelUUID)).map(({ json }) => JSON.parse(json) as Message);
    expect(messages.map(({ Message }) => Message)).toEqual(['after it']);
  });
});
