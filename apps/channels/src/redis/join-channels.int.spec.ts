import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type Identity, NO_EPOCH } from '@parley/contracts';
import type { Message } from '@parley/protocol';
import { eventually } from '@parley/testing';
import { generalChannel, privateChannelOf } from '../channel.js';
import { ChannelLab, joining, leaving, message } from '../fixtures/channel-lab.js';
import { newUser } from '../fixtures/people.js';
import { SLICE_BYTES } from '../large-reads.js';

const sequence = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const seqOf = (json: string) => (JSON.parse(json) as Message).Seq;

describe('joining and leaving', () => {
  let lab: ChannelLab;
  beforeAll(() => {
    lab = new ChannelLab();
  });
  afterAll(() => lab.close());

  /** A channel of two new users as the first of them sees it, with the means to look into it. */
  async function setUp() {
    const [one, other] = [newUser(), newUser()];
    const channel = privateChannelOf(one.UUID, other.UUID);
    const { channelUUID } = channel;
    const gatewayId = randomUUID();
    const repository = lab.repository();
    const frames = await lab.frames(channelUUID);
    const posts = lab.posts();
    const append = (text: string) => posts.append(message(one, text, { channel }));
    const join = (user: Identity = one, requestId: string = randomUUID(), messages = 10) => {
      const seen = user === one ? channel : privateChannelOf(user.UUID, one.UUID);
      const connection = joining(user, gatewayId, seen);
      const leave = () => repository.leave(channelUUID, connection.connection, leaving(connection));
      return { connection, leave, joined: repository.join(connection, requestId, messages) };
    };
    const usersKey = lab.keys.joinedUsers(channelUUID);
    return { one, other, channel, channelUUID, gatewayId, repository, frames, append, join, usersKey };
  }

  it('answers with the epoch, Seq, the newest messages and the joined users, and tells the members', async () => {
    const { one, append, join, frames, channelUUID } = await setUp();
    for (const n of sequence(5)) await append(`m ${n}`);
    const { connection, joined } = join(one, 'r', 3);
    const snapshot = await joined;
    expect(snapshot).toMatchObject({ rejoined: false, seq: 5, users: [one.UUID], usersTotal: 1 });
    expect(snapshot.messages.map(seqOf)).toEqual([5, 4, 3]);
    expect(snapshot.epoch).toBe(await lab.redis.hget(lab.keys.meta(channelUUID), 'epoch'));
    const told = await frames.atLeast(6);
    expect(frames.frames[5]!.seq).toBe(0);
    expect(told[5]).toEqual({
      type: 'sys',
      SUUID: connection.connection.SUUID,
      userUUID: one.UUID,
      user: { ...one, OnLine: true },
      sys: { type: 'channelJoin', channelJoin: { recipientUUID: connection.channel.recipientUUID } },
    });
  });

  it('makes an unused channel, whose first message begins its first epoch', async () => {
    const { one, other, append, join, channelUUID } = await setUp();
    const { epoch, seq, messages } = await join().joined;
    expect({ epoch, seq, messages }).toEqual({ epoch: NO_EPOCH, seq: 0, messages: [] });
    expect(await lab.redis.hgetall(lab.keys.meta(channelUUID))).toEqual({
      ...{ kind: 'private', a: one.UUID, b: other.UUID },
      createdAt: expect.stringMatching(/^\d{13}$/),
    });
    expect(await append('first')).toMatchObject({ Seq: 1 });
    const { epoch: first } = await join().joined;
    expect(await lab.redis.hgetall(lab.keys.meta(channelUUID))).toMatchObject({
      ...{ kind: 'private', epoch: first, began: `${first} 1 0`, seq: '1' },
    });
  });

  describe('of long messages', () => {
    const long = '\u0000'.repeat(4_000); // 24 KB as JSON
    const bytesOf = (messages: readonly string[]) => messages.join('').length;

    it('leaves out the oldest, so that an answer has about 256 KiB at most', async () => {
      const { append, join, one, repository, channel } = await setUp();
      await Promise.all(sequence(30).map(() => append(long)));
      const snapshot = await join(one, 'r', 100).joined;
      const { seq } = snapshot;
      const messages = await repository.messagesOf(channel, one.UUID, 100, snapshot);
      expect(bytesOf(messages)).toBeLessThan(257 * 1024);
      expect(bytesOf(messages)).toBeGreaterThan(230 * 1024);
      expect(messages.map(seqOf)).toEqual(sequence(messages.length).map((n) => seq + 1 - n));
    });

    it('holds the newest, whatever its size', async () => {
      const { append, join, one, channelUUID } = await setUp();
      await append('short');
      await lab.redis.xadd(
        lab.keys.log(channelUUID),
        '2-0',
        'm',
        `{"Seq":2,"long":"${'x'.repeat(300_000)}"}`,
      );
      expect((await join(one, 'r', 100).joined).messages.map(seqOf)).toEqual([2]);
    });

    it('are read in small steps, and each gets its whole answer', async () => {
      const { append, join, one, other, channel, channelUUID, gatewayId, ...first } = await setUp();
      await Promise.all(sequence(30).map(() => append(long)));
      const messages = await first.repository.messagesOf(
        channel,
        one.UUID,
        100,
        await join(one, 'r', 100).joined,
      );
      expect(messages).toHaveLength(10);
      const connection = lab.redis.duplicate();
      const replies: number[] = [];
      const evalsha = connection.evalsha.bind(connection) as (...args: unknown[]) => Promise<unknown>;
      connection.evalsha = (async (...args: unknown[]) => {
        const reply = await evalsha(...args);
        replies.push(JSON.stringify(reply).length);
        return reply;
      }) as typeof connection.evalsha;
      const repository = lab.repository(connection);
      const people = sequence(31).map((n) => (n % 2 ? one : other));
      const answers = people.map(async (user) => {
        const seen = privateChannelOf(user.UUID, user === one ? other.UUID : one.UUID);
        const snapshot = await repository.join(joining(user, gatewayId, seen), randomUUID(), 100);
        return repository.messagesOf(seen, user.UUID, 100, snapshot);
      });
      const got = await Promise.all(answers);
      connection.disconnect();
      for (const each of got) expect(each).toEqual(messages);
      expect(replies.length).toBeGreaterThan(5);
      // As text of JSON, where a message has a fifth more bytes than in Redis.
      for (const bytes of replies) expect(bytes).toBeLessThan(1.2 * SLICE_BYTES);
      expect(await lab.redis.hlen(lab.keys.joined(channelUUID, gatewayId))).toBe(32);
    });
  });

  it('answers small joins before the large ones of the same turn', async () => {
    const [large, small] = [await setUp(), await setUp()];
    await Promise.all(sequence(30).map(() => large.append('\u0000'.repeat(4_000))));
    await small.append('short');
    const repository = lab.repository();
    const answered: string[] = [];
    const join = async ({ one, channel }: typeof small, name: string) => {
      await repository.join(joining(one, large.gatewayId, channel), randomUUID(), 100);
      answered.push(name);
    };
    await Promise.all([...sequence(4).map(() => join(large, 'large')), join(small, 'small')]);
    expect(answered).toHaveLength(5);
    expect(answered.slice(0, 2)).toContain('small');
  });

  it('tells the members once when the same request is delivered again, and again for another request', async () => {
    const { one, repository, gatewayId, channel, frames, usersKey } = await setUp();
    const connection = joining(one, gatewayId, channel);
    const join = async (requestId: string) => (await repository.join(connection, requestId, 10)).rejoined;
    expect([await join('r-1'), await join('r-1'), await join('r-2')]).toEqual([false, false, true]);
    expect(await frames.settled()).toHaveLength(2);
    expect(await lab.redis.hgetall(usersKey)).toEqual({ [one.UUID]: '1' });
  });

  it('shows a user once for any number of connections, until the last one leaves', async () => {
    const { one, other, join, usersKey, frames } = await setUp();
    const [first, second, third] = [join(one), join(one), join(other)];
    await Promise.all([first.joined, second.joined, third.joined]);
    const { users, usersTotal } = await join(one).joined;
    expect([...users].sort()).toEqual([one.UUID, other.UUID].sort());
    expect(usersTotal).toBe(2);
    await first.leave();
    expect(await lab.redis.hgetall(usersKey)).toEqual({ [one.UUID]: '2', [other.UUID]: '1' });
    await first.leave();
    expect(await lab.redis.hget(usersKey, one.UUID)).toBe('2');
    const told = await frames.settled();
    expect(told.filter(({ type }) => type === 'channelLeave')).toEqual([
      {
        type: 'channelLeave',
        SUUID: first.connection.connection.SUUID,
        userUUID: one.UUID,
        connections: 2,
        channelLeave: { recipientUUID: other.UUID },
      },
    ]);
  });

  it('keeps nothing when all have left', async () => {
    const { one, other, join, usersKey, channelUUID, gatewayId } = await setUp();
    const all = [join(one), join(one), join(other)];
    await Promise.all(all.map(({ joined }) => joined));
    expect(await lab.redis.hkeys(lab.keys.gatewayChannels(gatewayId))).toEqual([channelUUID]);
    await Promise.all(all.map(({ leave }) => leave()));
    expect(
      await lab.redis.exists(
        usersKey,
        lab.keys.joined(channelUUID, gatewayId),
        lab.keys.gatewayChannels(gatewayId),
      ),
    ).toBe(0);
  });

  it('counts a connection for its new user when it joins again as another user', async () => {
    const { one, other, repository, gatewayId, channel, usersKey } = await setUp();
    const connection = joining(one, gatewayId, channel);
    await repository.join(connection, 'r-1', 10);
    await repository.join({ ...connection, user: other.UUID }, 'r-2', 10);
    expect(await lab.redis.hgetall(usersKey)).toEqual({ [other.UUID]: '1' });
  });

  it('says nothing when a connection that was not joined leaves', async () => {
    const { join, frames, repository, channelUUID, one, gatewayId, channel } = await setUp();
    await join().joined;
    const stranger = joining(one, gatewayId, channel);
    await repository.leave(channelUUID, stranger.connection, leaving(stranger));
    expect(await frames.settled()).toHaveLength(1);
  });

  it('makes one step of the leaves of one turn, where each fails alone', async () => {
    const [first, broken, last] = [await setUp(), await setUp(), await setUp()];
    const { gatewayId } = first;
    const connection = lab.redis.duplicate();
    const repository = lab.repository(connection);
    const members = [first, broken, last].map(({ one, channel }) => joining(one, gatewayId, channel));
    for (const member of members) await repository.join(member, 'r', 1);
    await lab.redis.set(lab.keys.joined(broken.channelUUID, gatewayId), 'no hash');
    const scripts = jest.spyOn(connection, 'evalsha');
    const results = await Promise.allSettled(
      members.map((member) =>
        repository.leave(member.channel.channelUUID, member.connection, leaving(member)),
      ),
    );
    connection.disconnect();
    const leaves = scripts.mock.calls.filter(
      ([, , key]) => key === lab.keys.joined(first.channelUUID, gatewayId),
    );
    expect(leaves.map(([, keys]) => keys)).toEqual([9]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await lab.redis.exists(first.usersKey, last.usersKey)).toBe(0);
  });

  it('refuses a user who is not of the pair, and changes nothing', async () => {
    const { join, repository, gatewayId, channel, usersKey, frames } = await setUp();
    await join().joined;
    const stranger = joining(newUser(), gatewayId, channel);
    await expect(repository.join(stranger, 'r', 10)).rejects.toMatchObject({ name: 'FORBIDDEN' });
    expect(await lab.redis.hlen(usersKey)).toBe(1);
    expect(await frames.settled()).toHaveLength(1);
  });

  it('makes one step of the joins of one turn, where a refused join costs the others nothing', async () => {
    const [first, strange, broken, last] = [await setUp(), await setUp(), await setUp(), await setUp()];
    await strange.join().joined;
    await lab.redis.set(lab.keys.log(broken.channelUUID), 'no stream');
    const connection = lab.redis.duplicate();
    const scripts = jest.spyOn(connection, 'evalsha');
    const repository = lab.repository(connection);
    const join = (user: Identity, { channel }: typeof first) =>
      repository.join(joining(user, first.gatewayId, channel), 'r', 1);
    const results = await Promise.allSettled([
      join(first.one, first),
      join(newUser(), strange),
      join(broken.one, broken),
      join(last.one, last),
    ]);
    connection.disconnect();
    expect(scripts).toHaveBeenCalledTimes(1);
    expect(results).toEqual([
      { status: 'fulfilled', value: expect.objectContaining({ users: [first.one.UUID] }) },
      { status: 'rejected', reason: expect.objectContaining({ name: 'FORBIDDEN' }) },
      {
        status: 'rejected',
        reason: expect.objectContaining({ message: expect.stringMatching(/^WRONGTYPE/) }),
      },
      { status: 'fulfilled', value: expect.objectContaining({ users: [last.one.UUID] }) },
    ]);
  });

  it('gives the recorded epoch when a tail of the log may be lost, until the next message begins another', async () => {
    const { append, join, channelUUID } = await setUp();
    await append('a');
    const before = await join().joined;
    await lab.redis.hset(lab.keys.meta(channelUUID), 'replid', '0123456789abcdef');
    expect(await join().joined).toMatchObject({ epoch: before.epoch, seq: 1 });
    expect(await append('b')).toMatchObject({ Seq: 2 });
    const after = await join().joined;
    expect(after).toMatchObject({ seq: 2 });
    expect(after.epoch).not.toBe(before.epoch);
  });

  it('puts each message either into the snapshot or after it, whenever a connection joins', async () => {
    const { one, channel, join, append, frames } = await setUp();
    const total = 300;
    const writing = Promise.all(sequence(total).map((n) => append(`m ${n}`)));
    const snapshots = await Promise.all(sequence(30).map(() => join(one, randomUUID(), 100).joined));
    await writing;
    expect(channel.kind).toBe('private');
    await frames.atLeast(total + 30);
    const live = frames.frames.map(({ seq }) => seq).filter((seq) => seq > 0);
    for (const { seq, messages } of snapshots) {
      expect(messages.map(seqOf)).toEqual(sequence(seq).reverse().slice(0, 100));
      expect([...sequence(seq), ...live.filter((each) => each > seq)]).toEqual(sequence(total));
    }
  });

  it('shows at most 100 of many joined users, all different, and counts them all', async () => {
    const gatewayId = randomUUID();
    const channel = { ...privateChannelOf(randomUUID(), randomUUID()), kind: 'general' as const };
    const repository = lab.repository();
    const people = sequence(500).map(() => newUser());
    await Promise.all(people.map((user) => repository.join(joining(user, gatewayId, channel), 'r', 1)));
    const { users, usersTotal } = await repository.join(joining(people[0]!, gatewayId, channel), 'r', 1);
    expect(usersTotal).toBe(500);
    expect(new Set(users).size).toBe(100);
  });
});

describe('leaving channels', () => {
  let lab: ChannelLab;
  beforeAll(() => {
    lab = new ChannelLab();
  });
  afterAll(() => lab.close());

  it('says how many connections of the user are still joined, also for leaves of one batch', async () => {
    const repository = lab.repository();
    const channel = { ...generalChannel, channelUUID: randomUUID() };
    const frames = await lab.frames(channel.channelUUID);
    const [ada, bob] = [newUser(), newUser()];
    const tabs = ['one', 'one', 'two', 'two'].map((gatewayId) => joining(ada, gatewayId, channel));
    const other = joining(bob, 'one', channel);
    for (const each of [...tabs, other]) await repository.join(each, 'r', 1);
    const leave = async (each: (typeof tabs)[number]) =>
      (await repository.leave(channel.channelUUID, each.connection, leaving(each))).ofUser;
    expect(await Promise.all(tabs.slice(0, 3).map(leave))).toEqual([3, 2, 1]);
    expect(await leave(tabs[0]!)).toBeUndefined();
    expect(await leave(tabs[3]!)).toBe(0);
    expect(await leave(other)).toBe(0);
    const told = (await frames.settled()).filter(({ type }) => type === 'channelLeave');
    const left = [...tabs, other].map((each, n) => ({
      ...JSON.parse(leaving(each)),
      connections: [3, 2, 1, 0, 0][n],
    }));
    expect(told).toEqual(left);
    frames.close();
  });
});

describe('the end of a gateway', () => {
  let lab: ChannelLab;
  beforeAll(() => {
    lab = new ChannelLab();
  });
  afterAll(() => lab.close());

  const openChannel = () => ({ ...privateChannelOf(randomUUID(), randomUUID()), kind: 'general' as const });

  it('removes its connections, and no others, from all channels and tells the members of each', async () => {
    const repository = lab.repository();
    const [ended, alive] = [randomUUID(), randomUUID()];
    const [large, small] = [openChannel(), openChannel()];
    const frames = await lab.frames(large.channelUUID);
    const people = sequence(450).map(() => newUser());
    const connections = people.map((user) => joining(user, ended, { ...large, recipientUUID: '' }));
    const survivor = joining(people[0]!, alive, large);
    await Promise.all(
      [...connections, survivor, joining(people[1]!, ended, small)].map((each) =>
        repository.join(each, 'r', 1),
      ),
    );
    await repository.forgetGateway(ended);
    expect(await lab.redis.hgetall(lab.keys.joinedUsers(large.channelUUID))).toEqual({
      [people[0]!.UUID]: '1',
    });
    expect(
      await lab.redis.exists(
        lab.keys.joined(large.channelUUID, ended),
        lab.keys.joinedUsers(small.channelUUID),
        lab.keys.gatewayChannels(ended),
      ),
    ).toBe(0);
    const told = (await frames.settled()).filter(({ type }) => type === 'channelLeave');
    const expected = connections.map((each) => ({
      ...(JSON.parse(leaving(each)) as { SUUID: string }),
      // The first one has a connection on the other gateway.
      connections: each === connections[0] ? 1 : 0,
    }));
    const bySuuid = (a: { SUUID?: unknown }, b: { SUUID?: unknown }) =>
      String(a.SUUID).localeCompare(String(b.SUUID));
    expect(told.sort(bySuuid)).toEqual(expected.sort(bySuuid));
  });

  it('names the other user of a private channel to each of the two', async () => {
    const repository = lab.repository();
    const gatewayId = randomUUID();
    const [one, other] = [newUser(), newUser()];
    const channel = privateChannelOf(one.UUID, other.UUID);
    const frames = await lab.frames(channel.channelUUID);
    const connections = [
      joining(one, gatewayId, channel),
      joining(other, gatewayId, privateChannelOf(other.UUID, one.UUID)),
    ];
    for (const connection of connections) await repository.join(connection, 'r', 1);
    await repository.forgetGateway(gatewayId);
    const told = await frames.settled();
    for (const connection of connections) {
      expect(told).toContainEqual({ ...JSON.parse(leaving(connection)), connections: 0 });
    }
  });

  it('is finished by the next delivery after a crash, without telling anyone twice', async () => {
    const repository = lab.repository();
    const gatewayId = randomUUID();
    const channels = sequence(200).map(openChannel);
    const frames = await lab.frames(...channels.map(({ channelUUID }) => channelUUID));
    const user = newUser();
    await Promise.all(channels.map((channel) => repository.join(joining(user, gatewayId, channel), 'r', 1)));
    const connection = lab.redis.duplicate();
    const crashing = lab.repository(connection).forgetGateway(gatewayId);
    await eventually(() => frames.frames.length > channels.length, { everyMs: 1 });
    connection.disconnect();
    await expect(crashing).rejects.toThrow('Connection is closed');
    expect(await lab.redis.hlen(lab.keys.gatewayChannels(gatewayId))).toBeGreaterThan(0);
    await Promise.all([repository.forgetGateway(gatewayId), lab.repository().forgetGateway(gatewayId)]);
    await frames.settled();
    for (const { channelUUID } of channels) {
      const told = frames.frames.filter(({ channel }) => channel === lab.keys.frames(channelUUID));
      expect(told.map(({ json }) => (JSON.parse(json) as { type: string }).type)).toEqual([
        'sys',
        'channelLeave',
      ]);
    }
    expect(await lab.redis.exists(lab.keys.gatewayChannels(gatewayId))).toBe(0);
  });

  it('finds every connection, however joins and leaves have overlapped', async () => {
    const [first, second] = [lab.repository(), lab.repository()];
    const gatewayId = randomUUID();
    const channel = openChannel();
    const users = sequence(200).map(() => newUser());
    await Promise.all(
      users.map(async (user, index) => {
        const connection = joining(user, gatewayId, channel);
        const [here, there] = index % 2 ? [first, second] : [second, first];
        await here.join(connection, 'r', 1);
        await there.leave(channel.channelUUID, connection.connection, leaving(connection));
        if (index === 100) await here.join(connection, 'r-2', 1);
      }),
    );
    expect(await lab.redis.hkeys(lab.keys.gatewayChannels(gatewayId))).toEqual([channel.channelUUID]);
    await first.forgetGateway(gatewayId);
    expect(
      await lab.redis.exists(lab.keys.joinedUsers(channel.channelUUID), lab.keys.gatewayChannels(gatewayId)),
    ).toBe(0);
  });

  it.each([
    ['goes on', false],
    ['dies', true],
  ])(
    'finds a connection that joins between two steps of a replica that found the channel empty and %s',
    async (_, dies) => {
      const gatewayId = randomUUID();
      const channel = openChannel();
      const repository = lab.repository();
      const [leaver, joiner] = [
        joining(newUser(), gatewayId, channel),
        joining(newUser(), gatewayId, channel),
      ];
      const connection = lab.redis.duplicate();
      const evalsha = connection.evalsha.bind(connection) as (...args: unknown[]) => Promise<unknown>;
      connection.evalsha = (async (sha: string, keys: number, ...rest: string[]) => {
        const reply = await evalsha(sha, keys, ...rest);
        if (rest[0] !== lab.keys.joined(channel.channelUUID, gatewayId)) return reply;
        expect(reply).toEqual([[0, 0, '', '', '']]);
        await repository.join(joiner, 'r', 1);
        if (dies) throw new Error('Connection is closed.');
        return reply;
      }) as typeof connection.evalsha;
      // After this Redis knows the script.
      await repository.leave(channel.channelUUID, joiner.connection, leaving(joiner));
      const other = lab.repository(connection);
      await other.join(leaver, 'r', 1);
      const leave = other.leave(channel.channelUUID, leaver.connection, leaving(leaver));
      if (dies) await expect(leave).rejects.toThrow('Connection is closed');
      else await leave;
      connection.disconnect();
      expect(await lab.redis.hgetall(lab.keys.joinedUsers(channel.channelUUID))).toEqual({
        [joiner.user]: '1',
      });
      await repository.forgetGateway(gatewayId);
      expect(
        await lab.redis.exists(
          lab.keys.joinedUsers(channel.channelUUID),
          lab.keys.gatewayChannels(gatewayId),
        ),
      ).toBe(0);
    },
  );

  describe('of a replica that wakes late', () => {
    /** A connection, and the channel that two replicas join it to and leave it from. */
    const setUp = async () => {
      const user = newUser();
      const channel = privateChannelOf(user.UUID, randomUUID());
      const connection = joining(user, randomUUID(), channel);
      const replicas = { late: lab.repository(), other: lab.repository() };
      const [seconds] = await lab.redis.time();
      const now = Number(seconds) * 1_000;
      const at = (order: number, deadline = now + 60_000) => ({ deadline, order });
      const joined = () => lab.redis.hgetall(lab.keys.joinedUsers(channel.channelUUID));
      const leave = (order: number, only?: string) =>
        replicas.late.leave(channel.channelUUID, connection.connection, leaving(connection), {
          order,
          ...(only !== undefined && { only }),
        });
      return { ...replicas, user, channel, connection, now, at, joined, leave };
    };

    it("joins nothing after the deadline by Redis's clock", async () => {
      const { late, connection, channel, now, at, joined } = await setUp();
      const frames = await lab.frames(channel.channelUUID);
      await expect(late.join(connection, 'r-1', 10, at(1, now - 1))).rejects.toMatchObject({
        name: 'UNAVAILABLE',
      });
      expect(await joined()).toEqual({});
      expect(await frames.settled()).toEqual([]);
    });

    it('does not take the place of a later join', async () => {
      const { late, other, connection, at, leave, joined, user } = await setUp();
      await other.join(connection, 'r-2', 10, at(2));
      await expect(late.join(connection, 'r-1', 10, at(1))).rejects.toMatchObject({ name: 'UNAVAILABLE' });
      await leave(1);
      expect(await joined()).toEqual({ [user.UUID]: '1' });
      await leave(3);
      expect(await joined()).toEqual({});
    });

    it('undoes only the join that it made itself', async () => {
      const { late, other, connection, at, leave, joined, user } = await setUp();
      const { entry } = await late.join(connection, 'r-1', 10, at(1));
      // Another replica was given the same request, and has finished it.
      const second = await other.join(connection, 'r-1', 10, at(2));
      expect(second.rejoined).toBe(false);
      await leave(1, entry);
      expect(await joined()).toEqual({ [user.UUID]: '1' });
      await leave(2, second.entry);
      expect(await joined()).toEqual({});
    });

    it('tells the members once of a request that two replicas handle', async () => {
      const { late, other, connection, channel, at } = await setUp();
      const frames = await lab.frames(channel.channelUUID);
      await late.join(connection, 'r-1', 10, at(1));
      await other.join(connection, 'r-1', 10, at(2));
      expect((await frames.settled()).map(({ type }) => type)).toEqual(['sys']);
    });

    it('leaves what the version before has joined', async () => {
      const { connection, channel, leave, joined, user } = await setUp();
      const { gatewayId, SUUID } = connection.connection;
      await lab.redis.hset(lab.keys.joined(channel.channelUUID, gatewayId), SUUID, `${user.UUID} 01234567`);
      await lab.redis.hset(lab.keys.joinedUsers(channel.channelUUID), user.UUID, 1);
      await leave(1);
      expect(await joined()).toEqual({});
    });
  });
});
