import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { inboxId, newGroupId } from '@parley/contracts';
import { aclUsers, type Script } from '@parley/redis';
import { eventually, type OwnRedis, startRedis } from '@parley/testing';
import { Redis } from 'ioredis';
import { type Channel, groupChannel, privateChannelOf } from '../channel.js';
import { ChannelLab, message } from '../fixtures/channel-lab.js';
import type { FrameLog } from '../fixtures/frame-log.js';
import { KnownPeople, newUser } from '../fixtures/people.js';
import type { InboxMessage } from '../inbox/inbox-changes.js';
import { notedItem } from '../inbox/telling.js';
import { messageJson } from '../message-json.js';
import type { NewMessage } from '../posts.repository.js';
import { type Appender, NotOnReplicas, RETURN, ReplicatedAppender } from './appender.js';

/** A replica of the service that dies between the step that appends and the one that publishes. */
class DyingAppender implements Appender {
  readonly publish = RETURN;
  readonly isCluster = false;
  constructor(private readonly redis: Redis) {}
  async append(script: Script, keys: readonly string[], args: readonly (string | number)[]): Promise<never> {
    await script.run(this.redis, keys, args);
    throw new Error('this replica has died');
  }
}

describe('ReplicatedAppender', () => {
  let master: OwnRedis;
  let replica: OwnRedis;
  let lab: ChannelLab;
  let own: Redis;
  let appender: ReplicatedAppender;
  let other: ReplicatedAppender;
  const password = 'of-channels';

  beforeAll(async () => {
    master = await startRedis({ args: ['--repl-diskless-sync-delay', '0'] });
    replica = await startRedis({ args: ['--replicaof', '127.0.0.1', String(master.port)] });
    lab = new ChannelLab(master.url, 'replicated');
    await lab.redis.call(
      'ACL',
      'SETUSER',
      'channels',
      'on',
      `>${password}`,
      ...aclUsers('replicated').channels,
    );
    await eventually(async () => /slave0:[^\r]*state=online/.test(await lab.redis.info('replication')));
    own = new Redis(master.port, { username: 'channels', password, maxRetriesPerRequest: 1 });
    appender = new ReplicatedAppender(own, 1);
    other = new ReplicatedAppender(own.duplicate(), 1);
  });
  afterAll(async () => {
    for (const each of [appender, other]) each.onApplicationShutdown();
    lab.close();
    await Promise.all([master, replica].map((redis) => redis.remove()));
  });

  /** What happens while the replica hangs. */
  async function withoutReplica<T>(work: () => Promise<T>): Promise<T> {
    replica.signal('SIGSTOP');
    try {
      return await work();
    } finally {
      replica.signal('SIGCONT');
    }
  }

  function setUp() {
    const [ada, bob] = [newUser('ada'), newUser('bob')];
    const channel = privateChannelOf(ada.UUID, bob.UUID);
    const post = message(ada, 'hi', { channel, mark: { clientUUID: randomUUID() } });
    return { ada, bob, channel, post, posts: lab.posts({}, lab.redis, appender) };
  }
  const isStored = ({ channelUUID }: Channel, count = 1) =>
    eventually(async () => (await lab.log(channelUUID)).length === count);
  const seqs = (frames: FrameLog) => frames.frames.map(({ seq }) => seq);

  it('publishes and answers once a replica has what was appended', async () => {
    const { channel, post, posts } = setUp();
    const frames = await lab.frames(channel.channelUUID);
    let isAnswered = false;
    const stored = await withoutReplica(async () => {
      const answer = posts.append(post).finally(() => (isAnswered = true));
      await isStored(channel);
      expect(await frames.settled()).toEqual([]);
      expect(isAnswered).toBe(false);
      return { answer };
    });
    expect(await stored.answer).toMatchObject({ Seq: 1, duplicate: false });
    await frames.atLeast(1);
    expect(seqs(frames)).toEqual([1]);
  });

  it('does not acknowledge what no replica confirms, but shows it; sent again, it is confirmed', async () => {
    const { channel, post, posts } = setUp();
    const frames = await lab.frames(channel.channelUUID);
    await withoutReplica(async () => {
      await expect(posts.append(post)).rejects.toThrow(NotOnReplicas);
      await frames.atLeast(1);
      // From another replica of the service, whose connection has written nothing.
      await expect(lab.posts({}, lab.redis, other).append(post)).rejects.toThrow(NotOnReplicas);
    });
    expect(await posts.append(post)).toMatchObject({ Seq: 1, duplicate: true });
    expect(await lab.log(channel.channelUUID)).toHaveLength(1);
  });

  it('publishes the item of a private message of one step with it, and again when a replica of the service died', async () => {
    const { ada, bob, channel, post, posts } = setUp();
    const tells = { tells: true };
    const frames = await lab.frames(inboxId(bob.UUID));
    await withoutReplica(async () => {
      await expect(posts.append({ ...post, ...tells })).rejects.toThrow(NotOnReplicas);
    });
    await frames.atLeast(1);
    expect(await posts.append({ ...post, ...tells })).toMatchObject({ duplicate: true, isTold: true });
    const dying = lab.posts({}, lab.redis, new DyingAppender(lab.redis));
    const next = { ...message(ada, 'again', { channel, mark: { key: 'post-2' } }), ...tells };
    await expect(dying.append(next)).rejects.toThrow('died');
    expect(seqs(frames)).not.toContain(2);
    expect(await posts.recall(next)).toMatchObject({ Seq: 2, isTold: true });
    await eventually(() => Promise.resolve(seqs(frames).includes(2)));
    expect(frames.frames.at(-1)!.json).toContain('"Message":"again"');
    expect(await lab.log(inboxId(bob.UUID))).toHaveLength(2);
  });

  it('publishes what a replica of the service that died has appended, when it is sent again or looked for', async () => {
    const { ada, channel, post, posts } = setUp();
    const frames = await lab.frames(channel.channelUUID);
    const dying = lab.posts({}, lab.redis, new DyingAppender(lab.redis));
    await expect(dying.append(post)).rejects.toThrow('died');
    expect(await posts.append(post)).toMatchObject({ Seq: 1, duplicate: true });
    await frames.atLeast(1);
    const next: NewMessage = message(ada, 'again', { channel, mark: { key: 'post-2' } });
    await expect(dying.append(next)).rejects.toThrow('died');
    expect(await posts.recall(next)).toMatchObject({ Seq: 2 });
    await frames.atLeast(2);
    expect(seqs(frames)).toEqual([1, 2]);
    expect(posts.publishesApart).toBe(true);
  });

  it('publishes a mention likewise, with its message, and does not put it in twice', async () => {
    const { bob, channel, post, posts } = setUp();
    const stored = await posts.append(post);
    const frames = await lab.frames(inboxId(bob.UUID));
    const { UUID, Seq } = stored;
    const { channelUUID } = channel;
    const told = { kind: 'mention', stored: { UUID, Seq } } as const;
    const json = messageJson(post.body, stored);
    const note = { recipient: bob.UUID, ...notedItem(channelUUID, told), json };
    await expect(lab.inboxes({}, lab.redis, new DyingAppender(lab.redis)).note(note)).rejects.toThrow('died');
    expect(await frames.settled()).toEqual([]);
    await lab.inboxes({}, lab.redis, appender).note(note);
    await frames.atLeast(1);
    const inboxItem = { seq: 1, kind: 'mention', channelUUID, UUID, messageSeq: Seq };
    expect(frames.frames.map(({ json: frame }) => JSON.parse(frame) as unknown)).toEqual([
      { type: 'inboxItem', inboxItem: { ...inboxItem, message: JSON.parse(json) as unknown } },
    ]);
    expect(await lab.log(inboxId(bob.UUID))).toHaveLength(1);
  });

  it('names the members of a small group with what it has stored', async () => {
    const { posts } = setUp();
    const people = new KnownPeople();
    const [owner, member] = [people.add(newUser()), people.add(newUser())];
    const channelUUID = newGroupId();
    const group = { user: owner, channelUUID, name: 'a group', topic: '', private: true };
    await lab.groupsService(people.directory()).create(group);
    const userUUIDs = [member.UUID];
    await lab.groupMembers(people.directory()).invite({ user: owner, channelUUID, userUUIDs });
    const sent = message(owner, 'hi', { channel: groupChannel(channelUUID), mark: { key: 'to-group' } });
    for (const duplicate of [false, true])
      expect(await posts.append(sent)).toMatchObject({
        duplicate,
        members: [
          { userUUID: owner.UUID, read: { seq: 2, number: 1 } },
          { userUUID: member.UUID, read: { seq: 1, number: 0 } },
        ],
      });
  });

  it('publishes an item of an inbox likewise', async () => {
    const { bob, channel, post, posts } = setUp();
    const stored = await posts.append(post);
    const frames = await lab.frames(inboxId(bob.UUID));
    const item: InboxMessage = {
      recipient: bob.UUID,
      channelUUID: channel.channelUUID,
      mark: post.mark,
      stored,
      json: messageJson(post.body, stored),
    };
    await expect(lab.inboxes({}, lab.redis, new DyingAppender(lab.redis)).put(item)).rejects.toThrow('died');
    expect(await frames.settled()).toEqual([]);
    const inboxes = lab.inboxes({}, lab.redis, appender);
    await withoutReplica(() => expect(inboxes.put(item)).rejects.toThrow(NotOnReplicas));
    await inboxes.put(item);
    await frames.atLeast(2);
    expect(seqs(frames)).toEqual([1, 1]);
    const [first, second] = frames.frames.map(({ json }) => json);
    expect(JSON.parse(first!)).toMatchObject({ inboxItem: { message: { UUID: stored.UUID } } });
    expect(second).toBe(first);
  });

  it('waits again on the new connection when it loses the one that it waits on', async () => {
    const { channel, post, posts } = setUp();
    const answers = await withoutReplica(async () => {
      const id = await own.client('ID');
      const answer = posts.append(post);
      const failed = answer.then(
        () => undefined,
        (error: unknown) => error,
      );
      await isStored(channel);
      await lab.redis.call('CLIENT', 'KILL', 'ID', String(id));
      // The second WAIT begins on another connection, and ends as the first one would have.
      return { failed: await failed };
    });
    expect(answers.failed).toBeInstanceOf(NotOnReplicas);
    expect(await posts.append(post)).toMatchObject({ Seq: 1, duplicate: true });
  });

  it('answers what arrives while it waits, in order, with one WAIT for all', async () => {
    const { ada, channel, posts } = setUp();
    const waits = async () =>
      Number(/cmdstat_wait:calls=(\d+)/.exec(await lab.redis.info('commandstats'))?.[1]);
    const before = await waits();
    const texts = Array.from({ length: 300 }, (_, at) => message(ada, `text ${at}`, { channel }));
    const stored = await Promise.all(texts.map((text) => posts.append(text)));
    expect(stored.map(({ Seq }) => Seq)).toEqual(texts.map((_, at) => at + 1));
    expect((await waits()) - before).toBeLessThanOrEqual(2);
  });

  it('recognises what is sent again when Redis is full', async () => {
    const { ada, channel, post, posts } = setUp();
    await posts.append(post);
    await lab.redis.config('SET', 'maxmemory', '1');
    try {
      expect(await posts.append(post)).toMatchObject({ Seq: 1, duplicate: true });
      await expect(posts.append(message(ada, 'more', { channel }))).rejects.toThrow('OOM');
    } finally {
      await lab.redis.config('SET', 'maxmemory', '0');
    }
  });
});
