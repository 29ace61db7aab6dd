import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { epochTag } from '@parley/contracts';
import type { Message } from '@parley/protocol';
import { generalChannel, privateChannelOf } from '../channel.js';
import { ChannelLab, message } from '../fixtures/channel-lab.js';
import { newUser } from '../fixtures/people.js';
import type { AppendedMessage } from './append-messages.js';
import source from './append-messages.lua.js';

const sequence = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe('append-messages', () => {
  let lab: ChannelLab;
  beforeAll(() => {
    lab = new ChannelLab();
  });
  afterAll(() => lab.close());

  const ada = newUser('ada');
  const bob = newUser('bob');
  /** The private channel of two new users as the first of them sees it. */
  const pair = () => {
    const [one, other] = [newUser(), newUser()];
    return { one, other, channel: privateChannelOf(one.UUID, other.UUID) };
  };

  it('numbers what two replicas append at once without holes, and publishes in the order of Seq', async () => {
    const frames = await lab.frames(generalChannel.channelUUID);
    const replicas = [lab.posts(), lab.posts()];
    const stored = await Promise.all(
      sequence(400).map((n) => replicas[n % 2]!.append(message(n % 3 ? ada : bob, `message ${n}`))),
    );
    expect(stored.map(({ Seq }) => Seq).sort((a, b) => a - b)).toEqual(sequence(400));
    await frames.atLeast(400);
    expect(frames.frames.map(({ seq }) => seq)).toEqual(sequence(400));
    const log = await lab.log(generalChannel.channelUUID);
    expect(log.map(({ id }) => id)).toEqual(sequence(400).map((n) => `${n}-0`));
    expect(frames.frames.map(({ json }) => json)).toEqual(
      log.map(({ json }) => `{"type":"channelMessage","channelMessage":${json}}`),
    );
    const messages = log.map(({ json }) => JSON.parse(json) as Message);
    expect(messages.map(({ Seq }) => Seq)).toEqual(sequence(400));
    const [times, ids] = [messages.map((each) => each.CreatedAt), messages.map((each) => each.UUID)];
    expect(times).toEqual([...times].sort());
    expect(ids).toEqual([...new Set(ids)].sort());
  });

  it('answers as it stores, with a UUID of version 7 that holds the time and Seq', async () => {
    const { one, channel } = pair();
    const { UUID, Seq, CreatedAt } = await lab.posts().append(message(one, 'hello', { channel }));
    const [entry] = await lab.log(channel.channelUUID);
    expect(JSON.parse(entry!.json)).toMatchObject({
      UUID,
      Seq,
      CreatedAt,
      Message: 'hello',
      SenderUUID: one.UUID,
    });
    expect(UUID).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const hex = UUID.replaceAll('-', '');
    expect(new Date(Number.parseInt(hex.slice(0, 12), 16)).toISOString()).toBe(CreatedAt);
    const seqBits = BigInt(`0x${hex.slice(13, 16)}`) << 26n;
    const middle = (BigInt(`0x${hex.slice(16, 20)}`) & 0x3fffn) << 12n;
    expect(Number(seqBits | middle | BigInt(`0x${hex.slice(20, 23)}`))).toBe(Seq);
  });

  it('counts on beyond 32 bits', async () => {
    const { one, channel } = pair();
    const repository = lab.posts();
    const frames = await lab.frames(channel.channelUUID);
    await repository.append(message(one, 'first', { channel }));
    const far = 2 ** 40;
    await lab.redis.xadd(lab.keys.log(channel.channelUUID), `${far}-0`, 'm', '{}');
    const { Seq, UUID } = await repository.append(message(one, 'far', { channel }));
    expect(Seq).toBe(far + 1);
    expect(UUID).toHaveLength(36);
    await frames.atLeast(2);
    expect(frames.frames[1]!.seq).toBe(far + 1);
    expect(JSON.parse(frames.frames[1]!.json)).toMatchObject({ channelMessage: { Seq: far + 1 } });
  });

  it.each([
    ['line and paragraph separators', 'a\u2028b\u2029c'],
    ['NUL and other control characters', 'a\u0000b\u0007\u001b\r\n\t'],
    ['an emoji family joined by ZWJ', '👩‍👩‍👧‍👦 and 🏳️‍🌈'],
    ['Lua long brackets and quotes', ']] --[[ ]==] " \\ \' %s %d %% \\u0041'],
    ['what looks like JSON', '","Seq":0},"x":{"'],
    ['combining and right-to-left text', 'e\u0301 שלום \u202e abc'],
    ['4,000 characters outside the BMP', '𝒳'.repeat(4_000)],
  ])('keeps %s as it was sent', async (_, text) => {
    const { one, channel } = pair();
    const frames = await lab.frames(channel.channelUUID);
    await lab.posts().append(message(one, text, { channel }));
    const [frame] = await frames.atLeast(1);
    expect((frame!['channelMessage'] as Message).Message).toBe(text);
    const [entry] = await lab.log(channel.channelUUID);
    expect((JSON.parse(entry!.json) as Message).Message).toBe(text);
  });

  it('stores the same clientUUID once, however many send it at once through two replicas', async () => {
    const { one, channel } = pair();
    const replicas = [lab.posts(), lab.posts()];
    const frames = await lab.frames(channel.channelUUID);
    const stored = await Promise.all(
      sequence(1_000).map((n) =>
        replicas[n % 2]!.append(message(one, 'once', { channel, mark: { clientUUID: 'c-1' } })),
      ),
    );
    expect(new Set(stored.map(({ UUID, Seq, CreatedAt }) => `${UUID} ${Seq} ${CreatedAt}`)).size).toBe(1);
    expect(stored.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
    expect(await lab.log(channel.channelUUID)).toHaveLength(1);
    expect(await frames.settled()).toHaveLength(1);
  });

  it('tells the clientUUIDs of different senders and channels apart, and keys of posts from both', async () => {
    const { one, other, channel } = pair();
    const repository = lab.posts();
    const mark = { clientUUID: 'same' };
    const fromOther = { ...channel, recipientUUID: one.UUID };
    await repository.append(message(one, 'a', { channel, mark }));
    await repository.append(message(other, 'b', { channel: fromOther, mark }));
    await repository.append(message(one, 'c', { channel, mark: { key: 'same' } }));
    expect(await lab.log(channel.channelUUID)).toHaveLength(3);
    const elsewhere = privateChannelOf(one.UUID, randomUUID());
    const { Seq } = await repository.append(message(one, 'd', { channel: elsewhere, mark }));
    expect(Seq).toBe(1);
  });

  it('stores a post without a clientUUID once, when it is delivered again', async () => {
    const { one, channel } = pair();
    const mark = { key: 'gateway.1/7' };
    const first = await lab.posts().append(message(one, 'once', { channel, mark }));
    const again = await lab.posts().append(message(one, 'once', { channel, mark }));
    expect(again).toEqual({ ...first, duplicate: true, follows: 'unknown' });
    expect(await lab.log(channel.channelUUID)).toHaveLength(1);
    const ttl = await lab.redis.pttl((await lab.shards(channel.channelUUID, 'handled'))[0]!);
    expect(ttl).toBeGreaterThan(0);
  });

  it('keeps at least as many messages as it is told, and not many more', async () => {
    const { one, channel } = pair();
    const repository = lab.posts({ messages: 50 });
    await Promise.all(sequence(1_000).map((n) => repository.append(message(one, `m ${n}`, { channel }))));
    const log = await lab.log(channel.channelUUID);
    expect(log.length).toBeGreaterThanOrEqual(50);
    expect(log.length).toBeLessThan(200);
    expect(log.at(-1)!.id).toBe('1000-0');
    expect(await repository.append(message(one, 'next', { channel }))).toMatchObject({ Seq: 1_001 });
  });

  describe('of many messages at once', () => {
    const settled = async (appending: Promise<AppendedMessage>[]) =>
      (await Promise.allSettled(appending)).map((result) =>
        result.status === 'fulfilled' ? result.value : (result.reason as Error).name,
      );

    it('stores each in order, recognises duplicates and refuses a stranger, without a hole', async () => {
      const { one, other, channel } = pair();
      const fromOther = { ...channel, recipientUUID: one.UUID };
      const frames = await lab.frames(channel.channelUUID);
      const posts = lab.posts();
      const [a, b] = [{ clientUUID: 'a' }, { clientUUID: 'b' }];
      const outcomes = await settled([
        posts.append(message(one, 'first', { channel, mark: a })),
        posts.append(message(newUser(), 'not mine', { channel })),
        posts.append(message(one, 'first again', { channel, mark: a })),
        posts.append(message(one, 'second', { channel, mark: b })),
        posts.append(message(other, 'third', { channel: fromOther, mark: a })),
      ]);
      const first = outcomes[0] as AppendedMessage;
      expect(outcomes).toMatchObject([
        { Seq: 1, duplicate: false, follows: 'unknown' },
        'FORBIDDEN',
        { ...first, duplicate: true },
        { Seq: 2, follows: 'own', CreatedAt: first.CreatedAt },
        { Seq: 3, follows: 'other' },
      ]);
      const texts = (await lab.log(channel.channelUUID)).map(
        ({ json }) => (JSON.parse(json) as Message).Message,
      );
      expect(texts).toEqual(['first', 'second', 'third']);
      const told = (await frames.atLeast(3)) as { channelMessage: Message }[];
      expect(told.map(({ channelMessage }) => channelMessage.Message)).toEqual(texts);
      expect(frames.frames.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    });

    it('stores a batch once, however many replicas it is delivered to, and continues after it', async () => {
      const { one, channel } = pair();
      const batch = sequence(100).map((n) =>
        message(one, `m ${n}`, { channel, mark: n % 2 ? { clientUUID: `c ${n}` } : { key: `k ${n}` } }),
      );
      const replicas = [lab.posts(), lab.posts(), lab.posts()];
      const answers = await Promise.all(
        replicas.map((replica) => Promise.all(batch.map((each) => replica.append(each)))),
      );
      for (const stored of answers) expect(stored.map(({ Seq }) => Seq)).toEqual(sequence(100));
      const isNew = answers.flat().filter(({ duplicate }) => !duplicate);
      expect(isNew).toHaveLength(100);
      const half = [...batch.slice(0, 50), message(one, 'new', { channel })];
      const repeated = await Promise.all(half.map((each) => replicas[0]!.append(each)));
      expect(repeated.at(-1)).toMatchObject({ Seq: 101, duplicate: false });
      expect(repeated.slice(0, -1).every(({ duplicate }) => duplicate)).toBe(true);
      expect(await lab.log(channel.channelUUID)).toHaveLength(101);
    });

    it('stores those of many channels in one step, each in its channel, and one that cannot be written fails alone', async () => {
      const [a, broken, b] = [pair(), pair(), pair()];
      await lab.redis.set(lab.keys.meta(broken.channel.channelUUID), 'not a hash');
      const posts = lab.posts();
      const append = ({ one, channel }: typeof a, text: string) =>
        posts.append(message(one, text, { channel }));
      const outcomes = await settled([
        append(a, 'a1'),
        append(broken, 'none'),
        append(b, 'b1'),
        append(a, 'a2'),
        append(broken, 'none'),
        append(b, 'b2'),
      ]);
      expect(outcomes).toMatchObject([{ Seq: 1 }, 'Error', { Seq: 1 }, { Seq: 2 }, 'Error', { Seq: 2 }]);
      const texts = async ({ channel }: typeof a) =>
        (await lab.log(channel.channelUUID)).map(({ json }) => (JSON.parse(json) as Message).Message);
      expect(await Promise.all([a, broken, b].map(texts))).toEqual([['a1', 'a2'], [], ['b1', 'b2']]);
    });

    it('makes more than one call for what is too much for one, in order', async () => {
      const { one, channel } = pair();
      const posts = lab.posts();
      const stored = await Promise.all(
        sequence(1_000).map((n) => posts.append(message(one, `m ${n}`, { channel }))),
      );
      expect(stored.map(({ Seq }) => Seq)).toEqual(sequence(1_000));
    });

    it('remembers both kinds of marks, each in its memory', async () => {
      const { one, channel } = pair();
      const posts = lab.posts();
      const marks = [{ clientUUID: 'same' }, { key: 'same' }, { key: 'other' }];
      await Promise.all(marks.map((mark) => posts.append(message(one, 'text', { channel, mark }))));
      const [posted] = await lab.shards(channel.channelUUID, 'posted');
      const [handled] = await lab.shards(channel.channelUUID, 'handled');
      // Each holds one field more, which marks it.
      expect([await lab.redis.hlen(posted!), await lab.redis.hlen(handled!)]).toEqual([2, 3]);
      expect(await lab.redis.pttl(posted!)).toBeGreaterThan(0);
      expect(await lab.redis.pttl(handled!)).toBeGreaterThan(0);
    });
  });

  it("stores nothing after the deadline by Redis's clock, and still tells what is stored", async () => {
    const { one, channel } = pair();
    const posts = lab.posts();
    const [seconds] = await lab.redis.time();
    const [late, soon] = [Number(seconds) * 1_000 - 1, Number(seconds) * 1_000 + 60_000];
    const append = (key: string, deadline: number) =>
      posts.append(message(one, key, { channel, mark: { key }, deadline }));
    await expect(append('gateway.1/1', late)).rejects.toMatchObject({ name: 'UNAVAILABLE' });
    expect(await lab.redis.keys(`*${channel.channelUUID}*`)).toEqual([]);
    const stored = await append('gateway.1/1', soon);
    expect(await append('gateway.1/1', late)).toMatchObject({ UUID: stored.UUID, duplicate: true });
    const outcomes = await Promise.allSettled([append('a', soon), append('b', late), append('c', soon)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((await lab.log(channel.channelUUID)).map(({ id }) => id)).toEqual(['1-0', '2-0', '3-0']);
  });

  it('refuses a sender who is not of the pair, and changes nothing', async () => {
    const { one, channel } = pair();
    await lab.posts().append(message(one, 'ours', { channel }));
    const before = await lab.redis.hgetall(lab.keys.meta(channel.channelUUID));
    await expect(lab.posts().append(message(newUser(), 'theirs', { channel }))).rejects.toMatchObject({
      name: 'FORBIDDEN',
    });
    expect(await lab.redis.hgetall(lab.keys.meta(channel.channelUUID))).toEqual(before);
    expect(await lab.log(channel.channelUUID)).toHaveLength(1);
  });

  it('lets both of a pair write, and one user alone to oneself', async () => {
    const { one, other, channel } = pair();
    await lab.posts().append(message(one, 'a', { channel }));
    const seenByOther = { ...channel, recipientUUID: one.UUID };
    expect(await lab.posts().append(message(other, 'b', { channel: seenByOther }))).toMatchObject({
      Seq: 2,
    });
    const notes = privateChannelOf(one.UUID, one.UUID);
    expect(await lab.posts().append(message(one, 'note', { channel: notes }))).toMatchObject({ Seq: 1 });
  });

  it.each([
    '2028-02-29T23:59:59.999Z',
    '2028-03-01T00:00:00.000Z',
    '2027-12-31T23:59:59.001Z',
    '2100-02-28T12:34:56.789Z',
    '2100-03-01T00:00:00.010Z',
    '2400-02-29T05:06:07.100Z',
  ])('knows the date of %s', async (time) => {
    const [rfc3339] = /^local function rfc3339.*?^end$/ms.exec(source)!;
    const script = `${rfc3339} return rfc3339(tonumber(ARGV[1]))`;
    expect(await lab.redis.eval(script, 0, Date.parse(time))).toBe(time);
  });

  describe('when the clock is set back', () => {
    const setUp = async (aheadMs: number) => {
      const { one, channel } = pair();
      const posts = lab.posts();
      await posts.append(message(one, 'first', { channel }));
      const [seconds] = await lab.redis.time();
      const at = Number(seconds) * 1_000 + aheadMs;
      await lab.redis.hset(lab.keys.meta(channel.channelUUID), 'at', at);
      const append = async (text: string) => {
        const { CreatedAt, Seq } = await posts.append(message(one, text, { channel }));
        const { json } = (await lab.log(channel.channelUUID)).at(-1)!;
        expect(JSON.parse(json)).toMatchObject({ CreatedAt, Seq });
        return Date.parse(CreatedAt);
      };
      return { at, append };
    };

    it('never goes back before the time of the previous message', async () => {
      const { at, append } = await setUp(4_000);
      expect([await append('second'), await append('third')]).toEqual([at, at]);
    });

    it('goes back when the clock was far ahead, to a time from which the clock soon catches up', async () => {
      const { at, append } = await setUp(3_600_000);
      const second = await append('second');
      expect(at - second).toBeGreaterThan(3_590_000);
      expect(await append('third')).toBe(second);
    });
  });

  describe('the epoch', () => {
    const epochOf = (channelUUID: string) => lab.redis.hget(lab.keys.meta(channelUUID), 'epoch');
    const twoMessages = async () => {
      const { one, channel } = pair();
      const append = (text: string) => lab.posts().append(message(one, text, { channel }));
      await append('a');
      const epoch = await epochOf(channel.channelUUID);
      await append('b');
      expect(await epochOf(channel.channelUUID)).toBe(epoch);
      return { channel, append, epoch };
    };

    it('is a new one, and Seq continues above both, when the count lags the log', async () => {
      const { channel, append, epoch } = await twoMessages();
      await lab.redis.hset(lab.keys.meta(channel.channelUUID), 'seq', 1);
      expect(await append('c')).toMatchObject({ Seq: 3 });
      expect(await epochOf(channel.channelUUID)).not.toBe(epoch);
    });

    it('is a new one, and Seq continues above both, when the log lags the count', async () => {
      const { channel, append, epoch } = await twoMessages();
      await lab.redis.del(lab.keys.log(channel.channelUUID));
      expect(await append('c')).toMatchObject({ Seq: 3 });
      expect(await epochOf(channel.channelUUID)).not.toBe(epoch);
    });

    it('is a new one when Redis continues another history, as the head of the next frame says', async () => {
      const { channel, append, epoch } = await twoMessages();
      const frames = await lab.frames(channel.channelUUID);
      await lab.redis.hset(lab.keys.meta(channel.channelUUID), 'replid', '0123456789abcdef');
      expect(await append('c')).toMatchObject({ Seq: 3 });
      const next = await epochOf(channel.channelUUID);
      expect(next).not.toBe(epoch);
      await append('d');
      expect(await epochOf(channel.channelUUID)).toBe(next);
      await frames.atLeast(2);
      expect(frames.frames.map((frame) => frame.epochTag)).toEqual([epochTag(next!), epochTag(next!)]);
      expect(epochTag(next!)).not.toBe(epochTag(epoch!));
    });
  });
});
