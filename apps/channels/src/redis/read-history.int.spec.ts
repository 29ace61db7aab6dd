import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Message } from '@parley/protocol';
import { privateChannelOf } from '../channel.js';
import { ChannelLab, message } from '../fixtures/channel-lab.js';
import { newUser } from '../fixtures/people.js';
import type { HistoryRange } from '../logs.repository.js';

const sequence = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);

describe('reading the history', () => {
  let lab: ChannelLab;
  beforeAll(() => {
    lab = new ChannelLab();
  });
  afterAll(() => lab.close());

  async function setUp(messages: number, text = (n: number) => `m ${n}`) {
    const one = newUser();
    const channel = privateChannelOf(one.UUID, randomUUID());
    const posts = lab.posts();
    await Promise.all(sequence(1, messages).map((n) => posts.append(message(one, text(n), { channel }))));
    const logs = lab.logs();
    const read = async (range: HistoryRange) => {
      const part = await logs.history(channel.channelUUID, range);
      return { ...part, messages: part.messages.map((json) => (JSON.parse(json) as Message).Seq) };
    };
    return { read, logKey: lab.keys.log(channel.channelUUID) };
  }

  it('gives the newest page, the oldest first', async () => {
    const { read } = await setUp(25);
    expect(await read({ limit: 10 })).toEqual({ total: 25, hasMore: true, messages: sequence(16, 25) });
    expect(await read({ limit: 25 })).toEqual({ total: 25, hasMore: false, messages: sequence(1, 25) });
    expect(await read({ limit: 100 })).toMatchObject({ hasMore: false, messages: sequence(1, 25) });
  });

  it('walks back to the beginning', async () => {
    const { read } = await setUp(25);
    expect(await read({ before: 16, limit: 10 })).toMatchObject({ hasMore: true, messages: sequence(6, 15) });
    expect(await read({ before: 6, limit: 10 })).toMatchObject({ hasMore: false, messages: sequence(1, 5) });
    expect(await read({ before: 11, limit: 10 })).toMatchObject({
      hasMore: false,
      messages: sequence(1, 10),
    });
    for (const before of [0, 1]) {
      expect(await read({ before, limit: 10 })).toEqual({ total: 25, hasMore: false, messages: [] });
    }
    expect(await read({ before: 1_000, limit: 2 })).toMatchObject({ hasMore: true, messages: [24, 25] });
  });

  it('walks forward to the newest', async () => {
    const { read } = await setUp(25);
    expect(await read({ after: 0, limit: 10 })).toMatchObject({ hasMore: true, messages: sequence(1, 10) });
    expect(await read({ after: 10, limit: 10 })).toMatchObject({ hasMore: true, messages: sequence(11, 20) });
    expect(await read({ after: 20, limit: 10 })).toMatchObject({
      hasMore: false,
      messages: sequence(21, 25),
    });
    for (const after of [25, 1_000, Number.MAX_SAFE_INTEGER]) {
      expect(await read({ after, limit: 10 })).toEqual({ total: 25, hasMore: false, messages: [] });
    }
  });

  it('walks forward between two messages, and has no more when it reaches the second', async () => {
    const { read } = await setUp(25);
    expect(await read({ after: 5, before: 12, limit: 4 })).toMatchObject({
      ...{ hasMore: true, messages: [6, 7, 8, 9] },
    });
    expect(await read({ after: 9, before: 12, limit: 4 })).toMatchObject({
      hasMore: false,
      messages: [10, 11],
    });
    expect(await read({ after: 12, before: 12, limit: 4 })).toMatchObject({ hasMore: false, messages: [] });
  });

  it('skips as many of the newest as it is told, unless a Seq is named', async () => {
    const { read } = await setUp(25);
    expect(await read({ offset: 0, limit: 10 })).toMatchObject({ messages: sequence(16, 25) });
    expect(await read({ offset: 10, limit: 10 })).toMatchObject({ hasMore: true, messages: sequence(6, 15) });
    expect(await read({ offset: 20, limit: 10 })).toMatchObject({ hasMore: false, messages: sequence(1, 5) });
    for (const offset of [25, Number.MAX_SAFE_INTEGER]) {
      expect(await read({ offset, limit: 10 })).toEqual({ total: 25, hasMore: false, messages: [] });
    }
    expect(await read({ offset: 10, before: 4, limit: 10 })).toMatchObject({ messages: [1, 2, 3] });
    expect(await read({ offset: 10, after: 22, limit: 10 })).toMatchObject({ messages: [23, 24, 25] });
  });

  it('counts and shows what a trimmed log still holds', async () => {
    const { read, logKey } = await setUp(25);
    await lab.redis.xtrim(logKey, 'MINID', 16);
    expect(await read({ limit: 5 })).toEqual({ total: 10, hasMore: true, messages: sequence(21, 25) });
    expect(await read({ before: 21, limit: 10 })).toMatchObject({
      hasMore: false,
      messages: sequence(16, 20),
    });
    expect(await read({ before: 10, limit: 10 })).toEqual({ total: 10, hasMore: false, messages: [] });
    expect(await read({ after: 2, limit: 3 })).toMatchObject({ hasMore: true, messages: [16, 17, 18] });
  });

  it('is empty for a channel without messages', async () => {
    const { read } = await setUp(0);
    const nothing = { total: 0, hasMore: false, messages: [] };
    for (const range of [{}, { before: 5 }, { after: 0 }, { offset: 3 }]) {
      expect(await read({ ...range, limit: 10 })).toEqual(nothing);
    }
  });

  it.each([
    ['back', (seqs: number[]) => ({ before: seqs[0] ?? 31 })],
    ['forward', (seqs: number[]) => ({ after: seqs.at(-1) ?? 0 })],
  ])('cuts pages of long messages at about 256 KiB and continues %s without a gap', async (way, next) => {
    const { read } = await setUp(30, () => '\u0000'.repeat(4_000)); // 24 KB each as JSON
    let seqs: number[] = [];
    let hasMore = true;
    for (const size of [10, 10, 10]) {
      expect(hasMore).toBe(true);
      const part = await read({ ...next(seqs), limit: 100 });
      expect(part.messages).toHaveLength(size);
      seqs = way === 'back' ? [...part.messages, ...seqs] : [...seqs, ...part.messages];
      hasMore = part.hasMore;
    }
    expect(hasMore).toBe(false);
    expect(seqs).toEqual(sequence(1, 30));
  });
});
