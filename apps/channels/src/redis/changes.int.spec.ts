import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { epochTag, isRecoverable } from '@parley/contracts';
import type { Message } from '@parley/protocol';
import { privateChannelOf } from '../channel.js';
import { changeLog } from '../fixtures/change-log.js';
import { ChannelLab, joining, message } from '../fixtures/channel-lab.js';
import { newUser } from '../fixtures/people.js';
import { purgeLog } from './purge-log.js';

describe('a log with changes', () => {
  let lab: ChannelLab;
  beforeAll(() => {
    lab = new ChannelLab();
  });
  afterAll(() => lab.close());

  /** A private channel; `write` makes a log of letters: m is a message, c a change. */
  async function setUp(letters = '') {
    const one = newUser();
    const channel = privateChannelOf(one.UUID, randomUUID());
    const { channelUUID } = channel;
    const posts = lab.posts();
    const [meta, log] = [lab.keys.meta(channelUUID), lab.keys.log(channelUUID)];
    const post = () => posts.append(message(one, 'text', { channel }));
    const change = (count: number, keep = 1_000_000) =>
      changeLog(lab.redis, lab.keys, { channelUUID, count, keep });
    const write = async (kinds: string) => {
      for (const kind of kinds) await (kind === 'm' ? post() : change(1));
    };
    const logs = lab.logs();
    const page = async (after: number, upTo?: number) => {
      const { frames } = await logs.page(channelUUID, { after, upTo });
      return frames.map(({ seq, json }) => `${seq}${(JSON.parse(json) as { type: string }).type.at(-1)}`);
    };
    const head = async (asked?: string) => (await logs.head(channelUUID, asked)).head;
    const history = async (range: { before?: number; after?: number; offset?: number; limit: number }) => {
      const { total, hasMore, messages } = await logs.history(channelUUID, range);
      return { total, hasMore, seqs: messages.map((json) => (JSON.parse(json) as Message).Seq) };
    };
    /** As a deletion does. */
    const bury = async (seq: number) => {
      await lab.redis.xdel(log, `${seq}-0`);
      await lab.redis.zadd(lab.keys.gone(channelUUID), seq, `{"UUID":"gone","Message":"","Seq":${seq}}`);
    };
    const join = (messages: number) =>
      lab.repository().join(joining(one, 'gateway', channel), randomUUID(), messages);
    await write(letters);
    return { channelUUID, channel, one, meta, log, post, change, write, page, head, history, bury, join };
  }

  it('numbers messages and changes in one order, which is that of publication', async () => {
    const { channelUUID, write, page, head } = await setUp();
    const frames = await lab.frames(channelUUID);
    await write('mccmmc');
    expect(await page(0)).toEqual(['1e', '2n', '3n', '4e', '5e', '6n']);
    await frames.atLeast(6);
    expect(frames.frames.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
    const { epoch, ...rest } = await head();
    expect(rest).toEqual({ seq: 6, first: 1, from: 0, common: 6 });
    expect(new Set(frames.frames.map((frame) => frame.epochTag))).toEqual(new Set([epochTag(epoch)]));
  });

  it.each(['cccmm', 'mccmc', 'c', 'ccc'])(
    'of %s keeps its epoch, and gives any part of it',
    async (letters) => {
      const { page, head, write } = await setUp(letters);
      const before = await head();
      await write('m');
      expect(await head()).toMatchObject({ epoch: before.epoch, seq: letters.length + 1, first: 1, from: 0 });
      const all = [...`${letters}m`].map((kind, n) => `${n + 1}${kind === 'm' ? 'e' : 'n'}`);
      for (let after = 0; after <= all.length; after += 1)
        for (let upTo = after; upTo <= all.length; upTo += 1)
          expect(await page(after, upTo)).toEqual(all.slice(after, upTo));
    },
  );

  it('counts messages alone', async () => {
    const { post, join } = await setUp('cmmcc');
    expect(await post()).toMatchObject({ Seq: 6, number: 3 });
    expect(await join(10)).toMatchObject({ seq: 6, number: 3 });
  });

  it('of changes after the newest message stands at the newest change for who joins', async () => {
    const { join, bury } = await setUp('mmmcc');
    expect(await join(2)).toMatchObject({ seq: 5, number: 3 });
    await bury(3);
    const { messages, seq } = await join(2);
    expect(seq).toBe(5);
    expect(messages.map((json) => (JSON.parse(json) as Message).Seq)).toEqual([3, 2]);
  });

  it('gives pages of messages, by Seq and by offset, without a hole where there are changes', async () => {
    const { history, bury } = await setUp('mcmccmmccc');
    expect(await history({ limit: 2 })).toEqual({ total: 4, hasMore: true, seqs: [6, 7] });
    for (const [offset, seqs] of [
      [0, [6, 7]],
      [1, [3, 6]],
      [2, [1, 3]],
      [3, [1]],
      [4, []],
    ] as const)
      expect((await history({ offset, limit: 2 })).seqs).toEqual(seqs);
    expect(await history({ before: 6, limit: 5 })).toEqual({ total: 4, hasMore: false, seqs: [1, 3] });
    expect(await history({ after: 1, limit: 2 })).toEqual({ total: 4, hasMore: true, seqs: [3, 6] });
    await bury(6);
    await bury(1);
    expect(await history({ limit: 10 })).toEqual({ total: 4, hasMore: false, seqs: [1, 3, 6, 7] });
    expect((await history({ offset: 1, limit: 2 })).seqs).toEqual([3, 6]);
  });

  it('gives tombstones in their places', async () => {
    const { page, bury } = await setUp('mmcmc');
    await bury(2);
    await bury(4);
    expect(await page(0)).toEqual(['1e', '2e', '3n', '4e', '5n']);
    expect(await page(3, 4)).toEqual(['4e']);
  });

  it('is recoverable down to what it holds: over tombstones, not over messages or changes that are gone', async () => {
    const { head, log, bury, change } = await setUp('mmcmmc');
    const { epoch } = await head();
    const recovers = async (seq: number) => isRecoverable({ epoch, seq }, await head(epoch));
    await bury(1);
    expect(await recovers(0)).toBe(true);
    // Trimmed meanwhile: a message is missing between the tombstone and the first one that is there.
    await lab.redis.xtrim(log, 'MINID', '4');
    expect([await recovers(2), await recovers(3)]).toEqual([false, true]);
    await change(300, 100);
    const { first: oldest, seq } = await head();
    expect(oldest).toBeGreaterThan(seq - 250);
    expect([await recovers(oldest - 2), await recovers(oldest - 1)]).toEqual([false, true]);
  });

  it('begins an epoch where its changes are lost, and counts on from what is there', async () => {
    const { channelUUID, head, write } = await setUp('mmccc');
    const before = await head();
    const changes = lab.keys.changes(channelUUID);
    await lab.redis.del(changes);
    await write('c');
    const after = await head(before.epoch);
    expect(after.epoch).not.toBe(before.epoch);
    expect(after).toMatchObject({ seq: 6, from: 5 });
    await write('m');
    expect(await head(after.epoch)).toMatchObject({ epoch: after.epoch, seq: 7 });
  });

  it('reads a page of messages without what lies between', async () => {
    const { post, change, history } = await setUp('mm');
    for (let n = 0; n < 10; n += 1) await change(1_000);
    await post();
    const before = await entriesRead();
    expect((await history({ limit: 2 })).seqs).toEqual([2, 10_003]);
    expect((await entriesRead()) - before).toBeLessThan(120);
  });

  it('is forgotten whole', async () => {
    const { channelUUID, bury } = await setUp('mmcc');
    await bury(1);
    await lab.redis.zadd(lab.keys.changed(channelUUID), 2, '2');
    await lab.redis.hset(lab.keys.messageState(channelUUID, 2), 'text', '"Message":"x"');
    await purgeLog(lab.redis, lab.keys, { log: channelUUID });
    expect(await lab.redis.keys(`*${channelUUID}*`)).toEqual([]);
  });

  /** Commands that read streams so far: each reads as many entries as it is asked for, at most. */
  async function entriesRead(): Promise<number> {
    const stats = await lab.redis.info('commandstats');
    const calls = [...stats.matchAll(/cmdstat_(?:xrange|xrevrange):calls=(\d+)/g)];
    return calls.reduce((sum, [, count]) => sum + Number(count), 0);
  }
});
