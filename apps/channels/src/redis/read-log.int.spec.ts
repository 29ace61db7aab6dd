import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { epochTag, type LogPageReply } from '@parley/contracts';
import { privateChannelOf } from '../channel.js';
import { ChannelLab, joining, message } from '../fixtures/channel-lab.js';
import { newUser } from '../fixtures/people.js';

const sequence = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);
const seqs = (page: LogPageReply | undefined) => page?.frames.map(({ seq }) => seq);

describe('reading a log', () => {
  let lab: ChannelLab;
  beforeAll(() => {
    lab = new ChannelLab();
  });
  afterAll(() => lab.close());

  /** A private channel with some messages, and the means to read it. */
  async function setUp(messages: number, text = (n: number) => `m ${n}`) {
    const one = newUser();
    const channel = privateChannelOf(one.UUID, randomUUID());
    const { channelUUID } = channel;
    const [repository, posts] = [lab.repository(), lab.posts()];
    const append = (said: string) => posts.append(message(one, said, { channel }));
    await Promise.all(sequence(1, messages).map((n) => append(text(n))));
    const logs = lab.logs();
    const page = (after: number, upTo?: number) => logs.page(channelUUID, after, upTo);
    const head = async () => {
      const { epoch, seq, first } = (await logs.head(channelUUID))!;
      return { epoch, seq, first };
    };
    const meta = lab.keys.meta(channelUUID);
    const join = () => repository.join(joining(one, 'gateway', channel), randomUUID(), 1);
    return {
      one,
      channel,
      channelUUID,
      append,
      logs,
      page,
      head,
      meta,
      join,
      logKey: lab.keys.log(channelUUID),
    };
  }

  it('gives the frames as they were published, byte for byte, with the head of that moment', async () => {
    const { channelUUID, append, page, head } = await setUp(0);
    const frames = await lab.frames(channelUUID);
    for (const text of ['plain', '"quoted" \\ 👩‍👩‍👧‍👦', 'a\u2028b\u0000']) await append(text);
    await frames.atLeast(3);
    const read = (await page(0))!;
    expect(read.frames).toEqual(frames.frames.map(({ seq, json }) => ({ seq, json })));
    expect(read).toMatchObject({ ...(await head()), seq: 3, first: 1 });
    expect(new Set(frames.frames.map((frame) => frame.epochTag))).toEqual(new Set([epochTag(read.epoch)]));
  });

  it('bounds a range on both sides, and is empty beyond the newest', async () => {
    const { page } = await setUp(10);
    expect(seqs(await page(3, 7))).toEqual([4, 5, 6, 7]);
    expect(seqs(await page(7))).toEqual([8, 9, 10]);
    expect(seqs(await page(9, 1_000))).toEqual([10]);
    expect(seqs(await page(7, 3))).toEqual([]);
    expect(seqs(await page(10))).toEqual([]);
    expect(seqs(await page(Number.MAX_SAFE_INTEGER))).toEqual([]);
  });

  it('gives a hundred entries at most, and the pages together are the log', async () => {
    const { page } = await setUp(250);
    expect(seqs(await page(0))).toEqual(sequence(1, 100));
    expect(seqs(await page(100))).toEqual(sequence(101, 200));
    expect(seqs(await page(200))).toEqual(sequence(201, 250));
  });

  it('gives about 256 KiB at most, and the pages together are the log', async () => {
    const { page } = await setUp(30, () => '\u0000'.repeat(4_000)); // 24 KB each as JSON
    const read: number[] = [];
    for (let pages = 0; read.length < 30; pages += 1) {
      const { frames } = (await page(read.length))!;
      const bytes = frames.reduce((sum, { json }) => sum + Buffer.byteLength(json), 0);
      expect(bytes).toBeLessThan(260 * 1024);
      if (pages < 2) expect(bytes).toBeGreaterThan(230 * 1024);
      read.push(...frames.map(({ seq }) => seq));
    }
    expect(read).toEqual(sequence(1, 30));
  });

  it('gives one entry of any size', async () => {
    const { page, logKey } = await setUp(1);
    await lab.redis.xadd(logKey, '2-0', 'm', `{"long":"${'x'.repeat(300 * 1024)}"}`);
    await lab.redis.xadd(logKey, '3-0', 'm', '{}');
    expect(seqs(await page(0))).toEqual([1]);
    expect(seqs(await page(1))).toEqual([2]);
    expect(seqs(await page(2))).toEqual([3]);
  });

  it('tells the oldest entry that a trimmed log still holds', async () => {
    const { page, head, logKey } = await setUp(20);
    const { epoch } = await head();
    await lab.redis.xtrim(logKey, 'MINID', 8);
    expect(await head()).toEqual({ epoch, seq: 20, first: 8 });
    expect(seqs(await page(5))).toEqual(sequence(8, 20));
    await lab.redis.xtrim(logKey, 'MAXLEN', 0);
    expect(await head()).toEqual({ epoch, seq: 20, first: 21 });
    expect(seqs(await page(5))).toEqual([]);
  });

  it('knows numbers beyond 32 bits', async () => {
    const { append, page, logKey, head } = await setUp(1);
    const far = 2 ** 52;
    await lab.redis.xadd(logKey, `${far}-0`, 'm', '{}');
    await append('farther');
    expect(seqs(await page(1))).toEqual([far, far + 1]);
    expect(seqs(await page(far, far + 1))).toEqual([far + 1]);
    expect(await head()).toMatchObject({ seq: far + 1 });
  });

  it('finds nothing where there is no log, and makes none', async () => {
    const logs = lab.logs();
    const UUID = randomUUID();
    expect(await logs.head(UUID)).toBeUndefined();
    expect(await logs.page(UUID, 0, undefined)).toBeUndefined();
    expect(await lab.redis.exists(lab.keys.meta(UUID), lab.keys.log(UUID))).toBe(0);
  });

  it('reads the heads of one turn in one step, where each fails alone', async () => {
    const [one, broken, other] = [await setUp(2), await setUp(1), await setUp(3)];
    await lab.redis.del(broken.logKey);
    await lab.redis.set(broken.logKey, 'no stream');
    const connection = lab.redis.duplicate();
    const scripts = jest.spyOn(connection, 'evalsha');
    const logs = lab.logs(connection);
    const heads = await Promise.allSettled(
      [one.channelUUID, randomUUID(), broken.channelUUID, other.channelUUID].map((log) => logs.head(log)),
    );
    connection.disconnect();
    expect(scripts).toHaveBeenCalledTimes(1);
    expect(heads).toEqual([
      { status: 'fulfilled', value: expect.objectContaining({ seq: 2, first: 1 }) },
      { status: 'fulfilled', value: undefined },
      {
        status: 'rejected',
        reason: expect.objectContaining({ message: expect.stringMatching(/^WRONGTYPE/) }),
      },
      { status: 'fulfilled', value: expect.objectContaining({ seq: 3, first: 1 }) },
    ]);
  });

  it('makes a channel once, with an epoch that its first join and message keep', async () => {
    const { one, channel, logs, head, meta, join, append } = await setUp(0);
    await logs.make(channel, one.UUID);
    const made = await lab.redis.hgetall(meta);
    expect(made).toMatchObject({ kind: 'private', a: one.UUID, b: channel.recipientUUID });
    await logs.make({ ...channel, recipientUUID: one.UUID }, channel.recipientUUID);
    expect(await lab.redis.hgetall(meta)).toEqual(made);
    const { epoch } = await head();
    expect(await head()).toEqual({ epoch, seq: 0, first: 1 });
    expect(await join()).toMatchObject({ epoch, seq: 0 });
    await append('first');
    expect(await head()).toEqual({ epoch, seq: 1, first: 1 });
  });

  describe('where a tail may be lost', () => {
    it.each([
      ['another Redis process wrote the last entry', { run: '0123456789abcdef' }, 2],
      ['the count lags the log', { seq: '1' }, 2],
      ['the count is ahead of the log', { seq: '5' }, 2],
    ])('begins one epoch when %s, which joins and messages keep', async (_, fields, seq) => {
      const { head, meta, join, append, page } = await setUp(2);
      const before = await head();
      await lab.redis.hset(meta, fields);
      const after = await head();
      expect(after).toEqual({ epoch: expect.any(String), seq, first: 1 });
      expect(after.epoch).not.toBe(before.epoch);
      expect(await head()).toEqual(after);
      expect(await join()).toMatchObject({ epoch: after.epoch, seq });
      expect(await append('next')).toMatchObject({ Seq: seq + 1 });
      expect(await page(seq)).toMatchObject({ epoch: after.epoch, frames: [{ seq: seq + 1 }] });
    });

    it('begins one epoch for many readers at once, and the page belongs to it', async () => {
      const { head, meta, page } = await setUp(3);
      const before = await head();
      await lab.redis.hset(meta, 'run', '0123456789abcdef');
      const heads = await Promise.all([...sequence(1, 20).map(head), page(1), page(2)]);
      expect(new Set(heads.map((each) => each!.epoch)).size).toBe(1);
      expect(heads[0]!.epoch).not.toBe(before.epoch);
    });

    it('continues from nothing when the log is gone', async () => {
      const { head, append, page, logKey } = await setUp(2);
      const before = await head();
      await lab.redis.del(logKey);
      const after = await head();
      expect(after).toMatchObject({ seq: 0, first: 1 });
      expect(after.epoch).not.toBe(before.epoch);
      expect(await append('again')).toMatchObject({ Seq: 1 });
      expect(await page(0)).toMatchObject({ epoch: after.epoch, frames: [{ seq: 1 }] });
    });
  });
});
