import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { emptyHead, epochTag, type LogPage, NO_EPOCH } from '@parley/contracts';
import { privateChannelOf } from '../channel.js';
import { ChannelLab, joining, message } from '../fixtures/channel-lab.js';
import { newUser } from '../fixtures/people.js';
import { SLICE_BYTES } from '../large-reads.js';

const sequence = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);
const standsAt = (seq: number) => expect.objectContaining({ seq, first: 1 }) as unknown;
const seqs = (page: LogPage) => page.frames.map(({ seq }) => seq);

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
    const page = (after: number, upTo?: number) => logs.page(channelUUID, { after, upTo });
    const head = async (asked?: string) => (await logs.head(channelUUID, asked)).head;
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
    const read = await page(0);
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
      const { frames } = await page(read.length);
      const bytes = frames.reduce((sum, { json }) => sum + Buffer.byteLength(json), 0);
      expect(bytes).toBeLessThan(260 * 1024);
      if (pages < 2) expect(bytes).toBeGreaterThan(230 * 1024);
      read.push(...frames.map(({ seq }) => seq));
    }
    expect(read).toEqual(sequence(1, 30));
  });

  it('reads a large page in small steps, and ends it where the log no longer continues', async () => {
    const { channelUUID, meta } = await setUp(30, () => '\u0000'.repeat(4_000));
    const redis = lab.redis.duplicate();
    const replies: number[] = [];
    const evalsha = redis.evalsha.bind(redis) as (...args: unknown[]) => Promise<string[]>;
    let afterFirst = async (): Promise<unknown> => undefined;
    redis.evalsha = (async (...args: unknown[]) => {
      const reply = await evalsha(...args);
      if (replies.push(Buffer.byteLength(reply.join(''))) === 1) await afterFirst();
      return reply;
    }) as typeof redis.evalsha;
    const logs = lab.logs(redis);
    expect(seqs(await logs.page(channelUUID, { after: 0 }))).toEqual(sequence(1, 10));
    expect(replies.length).toBeGreaterThan(3);
    expect(Math.max(...replies)).toBeLessThan(SLICE_BYTES + 1_024);
    replies.length = 0;
    afterFirst = () => lab.redis.hset(meta, 'epoch', randomUUID());
    expect(seqs(await logs.page(channelUUID, { after: 0 }))).toEqual([1, 2, 3]);
    redis.disconnect();
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
    expect(await head()).toEqual({ epoch, seq: 20, first: 8, from: 0, common: 20 });
    expect(seqs(await page(5))).toEqual(sequence(8, 20));
    await lab.redis.xtrim(logKey, 'MAXLEN', 0);
    expect(await head()).toEqual({ epoch, seq: 20, first: 21, from: 0, common: 20 });
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

  it('finds an empty log where there is none, and makes none', async () => {
    const logs = lab.logs();
    const UUID = randomUUID();
    expect(await logs.head(UUID)).toEqual({ head: emptyHead(null), commonNumber: 0, pair: undefined });
    expect(await logs.page(UUID, { after: 0, epoch: 'x' })).toEqual({ ...emptyHead('x'), frames: [] });
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
      { status: 'fulfilled', value: expect.objectContaining({ head: standsAt(2) }) },
      { status: 'fulfilled', value: { head: emptyHead(null), commonNumber: 0, pair: undefined } },
      {
        status: 'rejected',
        reason: expect.objectContaining({ message: expect.stringMatching(/^WRONGTYPE/) }),
      },
      { status: 'fulfilled', value: expect.objectContaining({ head: standsAt(3) }) },
    ]);
  });

  it.each([
    ['Redis continues another history', { replid: '0123456789abcdef' }, 2],
    ['the count lags the log', { seq: '1' }, 2],
    ['the count is ahead of the log', { seq: '5' }, 2],
  ])('writes nothing and gives the newest Seq that is there when %s', async (_, fields, seq) => {
    const { head, meta, join, page } = await setUp(2);
    const { epoch } = await head();
    await join();
    await lab.redis.hset(meta, fields);
    const stored = await lab.redis.hgetall(meta);
    expect(await head()).toEqual({ epoch, seq, first: 1, from: 0, common: seq });
    expect(await page(0)).toMatchObject({ epoch, seq, frames: [{ seq: 1 }, { seq: 2 }] });
    expect(await join()).toMatchObject({ epoch, seq });
    expect(await lab.redis.hgetall(meta)).toEqual(stored);
  });

  it('continues after the count when the log is gone', async () => {
    const { head, append, page, logKey } = await setUp(2);
    const { epoch } = await head();
    await lab.redis.del(logKey);
    expect(await head(epoch)).toEqual({ epoch, seq: 0, first: 1, from: 0, common: 0 });
    expect(await append('again')).toMatchObject({ Seq: 3 });
    const after = await head(epoch);
    expect(after).toEqual({ epoch: expect.any(String), seq: 3, first: 3, from: 2, common: 2 });
    expect(after.epoch).not.toBe(epoch);
    expect(await page(0)).toMatchObject({ epoch: after.epoch, frames: [{ seq: 3 }] });
  });

  it('gives the entries of a log whose meta is gone, to a reader who counts from the beginning', async () => {
    const { head, meta, page } = await setUp(2);
    const { epoch } = await head();
    await lab.redis.del(meta);
    expect(await head(epoch)).toEqual({ ...emptyHead(epoch), seq: 2 });
    expect(await page(0)).toMatchObject({ epoch: NO_EPOCH, frames: [{ seq: 1 }, { seq: 2 }] });
  });
});
