import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isRecoverable, NO_EPOCH } from '@parley/contracts';
import { privateChannelOf } from '../channel.js';
import { ChannelLab, message } from '../fixtures/channel-lab.js';
import { newUser } from '../fixtures/people.js';

const OTHER_HISTORY = '0123456789abcdef';

describe('the lineage of a log', () => {
  let lab: ChannelLab;
  beforeAll(() => {
    lab = new ChannelLab();
  });
  afterAll(() => lab.close());

  /** A private channel with some messages, and the means to look at its epochs. */
  async function setUp(messages: number) {
    const one = newUser();
    const channel = privateChannelOf(one.UUID, randomUUID());
    const { channelUUID } = channel;
    const [posts, logs] = [lab.posts(), lab.logs()];
    const meta = lab.keys.meta(channelUUID);
    const append = async (count = 1) => {
      for (let n = 0; n < count; n += 1) await posts.append(message(one, `m ${n}`, { channel }));
      return (await lab.redis.hget(meta, 'epoch'))!;
    };
    const head = async (asked?: string) => (await logs.head(channelUUID, asked)).head;
    /** As if Redis had failed over since the newest message. @returns the epoch of the next messages. */
    const failOver = async (count = 1) => {
      await lab.redis.hset(meta, 'replid', OTHER_HISTORY);
      return append(count);
    };
    /** As if a failover had lost all messages after the first ones. */
    const loseAfter = async (seq: number) => {
      const log = lab.keys.log(channelUUID);
      const kept = await lab.log(channelUUID);
      await lab.redis.del(log);
      for (const { id, json } of kept.slice(0, seq)) await lab.redis.xadd(log, id, 'm', json);
      await lab.redis.hset(meta, 'seq', seq);
    };
    const common = async (asked: string) => (await head(asked)).common;
    const epoch = await append(messages);
    return { channelUUID, meta, append, head, failOver, loseAfter, common, epoch };
  }

  it('says where each epoch began, and what the earlier ones share with the log', async () => {
    const { head, failOver, common, epoch } = await setUp(3);
    const second = await failOver(2);
    const third = await failOver(1);
    expect(await head(third)).toEqual({ epoch: third, seq: 6, first: 1, from: 5, common: 6 });
    expect(await head()).toEqual(await head(third));
    expect([await common(epoch), await common(second)]).toEqual([3, 5]);
    expect(new Set([epoch, second, third]).size).toBe(3);
  });

  it('shares no more with an earlier epoch than what the lowest of the later ones left', async () => {
    const { head, failOver, loseAfter, common, epoch } = await setUp(5);
    const second = await failOver(3);
    await loseAfter(2);
    const third = await failOver(1);
    expect(await head(third)).toMatchObject({ from: 2, seq: 3 });
    expect([await common(epoch), await common(second)]).toEqual([2, 2]);
    const fourth = await failOver(9);
    expect(await head(fourth)).toMatchObject({ from: 3 });
    expect([await common(epoch), await common(second), await common(third)]).toEqual([2, 2, 3]);
  });

  it('shares no more than the log holds, while no entry has begun the next epoch', async () => {
    const { loseAfter, failOver, head, common, epoch } = await setUp(5);
    const second = await failOver(3);
    await loseAfter(4);
    expect(await head(second)).toEqual({ epoch: second, seq: 4, first: 1, from: 5, common: 4 });
    expect(await common(epoch)).toBe(4);
  });

  it('knows the last 64 epochs', async () => {
    const { failOver, common, epoch, channelUUID } = await setUp(1);
    const epochs = [epoch];
    while (epochs.length < 70) epochs.push(await failOver());
    const shared = await Promise.all(epochs.map(common));
    expect(shared).toEqual(epochs.map((_, n) => (n < 6 ? -1 : n + 1)));
    expect(await lab.redis.hlen(lab.keys.lineage(channelUUID))).toBe(63);
  });

  it('begins an epoch without reading all of meta, where an inbox has a field for each private channel', async () => {
    const { meta, failOver } = await setUp(1);
    const watch = await lab.watchCommands();
    await failOver();
    const seen = await watch.seen();
    watch.stop();
    const named = seen.filter(({ args }) => args[0] === meta).map(({ name }) => name);
    expect(named).toContain('hget');
    expect(named).not.toContain('hgetall');
  });

  it('shares its beginning with the log that nobody had written to, and nothing with what is no epoch', async () => {
    const { common, epoch, failOver } = await setUp(1);
    await failOver();
    expect(await common(NO_EPOCH)).toBe(0);
    for (const asked of [
      randomUUID(),
      'posted',
      'seq',
      'at',
      'replid',
      '',
      `${epoch} `,
      'x'.repeat(10_000),
    ]) {
      expect(await common(asked)).toBe(-1);
    }
  });

  it('keeps its epoch while the history is the same, and begins one with the first entry after a change', async () => {
    const { append, failOver, epoch, meta } = await setUp(2);
    expect(await append(2)).toBe(epoch);
    const next = await failOver();
    expect(next).not.toBe(epoch);
    expect(await append(2)).toBe(next);
    const [, replid] = /master_replid:(\w{16})/.exec(await lab.redis.info('replication'))!;
    expect(await lab.redis.hmget(meta, 'replid', 'began')).toEqual([replid, `${next} 2 4`]);
  });

  describe('beside the version before', () => {
    const thisProcess = async () => /run_id:(\w{16})/.exec(await lab.redis.info('server'))![1]!;
    /** What the version before writes when it begins an epoch. */
    const begins = async (meta: string, seq: number) => {
      const epoch = randomUUID();
      await lab.redis.hset(meta, { epoch, run: await thisProcess(), seq });
      return epoch;
    };

    it('keeps the epoch of a log that only that has written to, as long as the process is the same', async () => {
      const { append, channelUUID, meta, epoch, failOver, common } = await setUp(2);
      await lab.asBefore(channelUUID);
      expect(await append()).toBe(epoch);
      expect(await lab.redis.hget(meta, 'replid')).not.toBeNull();
      const next = await failOver();
      expect(next).not.toBe(epoch);
      expect(await common(epoch)).toBe(3);
    });

    it('begins an epoch where another process wrote last, which costs nobody a reload who lost nothing', async () => {
      const { append, channelUUID, meta, epoch, head } = await setUp(2);
      await lab.asBefore(channelUUID);
      await lab.redis.hset(meta, 'run', OTHER_HISTORY);
      expect(await append()).not.toBe(epoch);
      const after = await head(epoch);
      expect(isRecoverable({ epoch, seq: 2 }, after)).toBe(true);
      expect(isRecoverable({ epoch, seq: 3 }, after)).toBe(false);
    });

    it('leaves what that looks at as it expects it, so that the two do not begin epochs in turn', async () => {
      const { append, channelUUID, meta, failOver } = await setUp(2);
      const looksAt = () => lab.redis.hmget(meta, 'epoch', 'run', 'seq');
      const next = await failOver();
      expect(await looksAt()).toEqual([next, await thisProcess(), '3']);
      expect((await lab.log(channelUUID)).at(-1)!.id).toBe('3-0');
      const begun = await begins(meta, 3);
      expect(await append()).toBe(begun);
      expect(await looksAt()).toEqual([begun, await thisProcess(), '4']);
    });

    it('takes an epoch that that began for one whose beginning is unknown, but not lower than the one before', async () => {
      const { head, append, failOver, common, meta, epoch } = await setUp(3);
      const second = await failOver(2);
      const begun = await begins(meta, 5);
      expect(await head(begun)).toMatchObject({ epoch: begun, seq: 5, from: 3, common: 5 });
      expect([await common(second), await common(epoch)]).toEqual([3, 3]);
      expect(await append()).toBe(begun);
      const last = await failOver();
      expect(await head(last)).toMatchObject({ from: 6, common: 7 });
      expect([await common(begun), await common(second), await common(epoch)]).toEqual([6, 3, 3]);
      expect(await lab.redis.hget(meta, 'began')).toBe(`${last} 4 6`);
    });
  });
});
