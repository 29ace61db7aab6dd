import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GENERAL_CHANNEL } from '@parley/contracts';
import type { Message } from '@parley/protocol';
import { eventually, type OwnRedis, startRedis } from '@parley/testing';
import type { WhatToChange } from '../changes/changes.repository.js';
import { generalChannel, privateChannelOf } from '../channel.js';
import { ChannelLab, message } from '../fixtures/channel-lab.js';
import { newUser } from '../fixtures/people.js';
import { textFields } from '../message-json.js';
import { PurgeRepository } from '../purge/purge.repository.js';
import { NEVER_LATE } from '../redis/delivery.js';
import type { Retention } from '../redis/retention.js';
import { setRetention } from './redis/set-retention.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

describe('the retention of a channel', () => {
  let server: OwnRedis;
  beforeAll(async () => {
    server = await startRedis();
  });
  const labs: ChannelLab[] = [];
  afterAll(async () => {
    for (const lab of labs) lab.close();
    await server.remove();
  });

  function setUp(retention: Partial<Retention> = {}) {
    const lab = new ChannelLab(server.url, randomUUID());
    labs.push(lab);
    const [ada, bob] = [newUser('ada'), newUser('bob')];
    const posts = lab.posts(retention);
    const trims = lab.trims(retention);
    const post = (text: string, channel = generalChannel) => posts.append(message(ada, text, { channel }));
    const many = (count: number, text: string) =>
      Promise.all(Array.from({ length: count }, (_, n) => post(`${text} ${n}`)));
    const change = (UUID: string, what: WhatToChange, user = ada) =>
      lab.changes(retention).change({
        ...{ channelUUID: GENERAL_CHANNEL, user: user.UUID, UUID, what, key: randomUUID(), ...NEVER_LATE },
      });
    const set = (messages?: number, ms?: number) =>
      setRetention(lab.redis, lab.keys, GENERAL_CHANNEL, { messages, ms });
    const trim = async (channelUUID = GENERAL_CHANNEL) => {
      let steps = 1;
      while (!(await trims.step(channelUUID))) steps += 1;
      return steps;
    };
    const read = async (channelUUID = GENERAL_CHANNEL) => {
      const texts: string[] = [];
      for (let after = 0, hasMore = true, total = 0; ; ) {
        if (!hasMore) return { total, texts };
        const page = await lab.logs().history(channelUUID, { after, limit: 1_000 });
        const messages = page.messages.map((json) => JSON.parse(json) as Message);
        texts.push(...messages.map(({ Message }) => Message));
        ({ hasMore, total } = page);
        after = messages.at(-1)?.Seq ?? after;
      }
    };
    return { lab, ada, bob, post, many, change, set, trim, read };
  }

  /** Makes what a channel has so far older, as if it had been written that long ago. */
  async function age(lab: ChannelLab, ms: number, channelUUID = GENERAL_CHANNEL): Promise<void> {
    const { redis, keys } = lab;
    const older = (json: string) =>
      json.replace(
        /"CreatedAt":"([^"]*)","Seq":(\d+)}$/,
        (_, at: string, seq: string) =>
          `"CreatedAt":"${new Date(Date.parse(at) - ms).toISOString()}","Seq":${seq}}`,
      );
    const entries = await lab.log(channelUUID);
    await redis.del(keys.log(channelUUID));
    for (const { id, json } of entries) await redis.xadd(keys.log(channelUUID), id, 'm', older(json));
    const gone = await redis.zrange(keys.gone(channelUUID), '0', '-1', 'WITHSCORES');
    await redis.del(keys.gone(channelUUID));
    for (let at = 0; at < gone.length; at += 2)
      await redis.zadd(keys.gone(channelUUID), gone[at + 1]!, older(gone[at]!));
  }

  /** Everything that a channel has, as one text. */
  async function everything({ redis }: ChannelLab, prefix: string): Promise<string> {
    const texts = (await redis.keys(`${prefix}*`)).map(async (key) => {
      const type = await redis.type(key);
      if (type === 'stream') return JSON.stringify([key, await redis.xrange(key, '-', '+')]);
      if (type === 'hash') return JSON.stringify([key, await redis.hgetall(key)]);
      if (type === 'zset') return JSON.stringify([key, await redis.zrange(key, '0', '-1')]);
      return key;
    });
    return (await Promise.all(texts)).join('\n');
  }

  it('is set, shown and removed; what is not given stays', async () => {
    const { lab, post } = setUp();
    const retention = (...change: [Parameters<typeof setRetention>[3]] | []) =>
      setRetention(lab.redis, lab.keys, GENERAL_CHANNEL, ...change);
    expect(await retention()).toEqual({});
    expect(await retention({ messages: 0 })).toEqual({ messages: 0 });
    expect(await retention({ ms: DAY_MS })).toEqual({ messages: 0, ms: DAY_MS });
    await post('one');
    expect(await retention()).toEqual({ messages: 0, ms: DAY_MS });
    await new PurgeRepository(lab.redis, lab.keys).forgetChannel(GENERAL_CHANNEL);
    expect(await retention({ ms: 0 })).toEqual({ messages: 0 });
    expect(await retention('none')).toEqual({});
    expect(await lab.redis.hexists(lab.keys.meta(GENERAL_CHANNEL), 'keep')).toBe(0);
    await expect(setRetention(lab.redis, lab.keys, randomUUID(), { messages: 1 })).rejects.toMatchObject({
      name: 'CHANNEL_NOT_FOUND',
    });
  });

  it.each([
    ['less than the setting', 100_000, 100],
    ['more than the setting', 1, 1_000],
    ['all', 1, 0],
  ])('by number counts in place of the setting: %s', async (_, setting, own) => {
    const { many, set, read } = setUp({ messages: setting });
    await set(own);
    await many(900, 'text');
    const { total, texts } = await read();
    expect(texts).toHaveLength(total);
    // Redis deletes whole nodes of 100 entries at most.
    if (own === 100) expect([texts.length >= 100, texts.length <= 200]).toEqual([true, true]);
    else expect(total).toBe(900);
  });

  it('by number sweeps what lay beside the messages, and the positions of readers agree', async () => {
    const { lab, bob, post, many, change, set, read, trim } = setUp();
    const [edited, deleted, liked] = [await post('before'), await post('secret'), await post('liked')];
    await change(edited.UUID, { kind: 'edit', fields: textFields('edited', []) });
    await change(deleted.UUID, { kind: 'delete' });
    await change(liked.UUID, { kind: 'react', reaction: '+1', remove: false }, bob);
    await set(100);
    // The messages themselves have it swept; nothing changes any more.
    await many(1_000, 'text');
    await eventually(async () => {
      expect(await lab.redis.zcard(lab.keys.gone(GENERAL_CHANNEL))).toBe(0);
      expect(await lab.redis.zcard(lab.keys.changed(GENERAL_CHANNEL))).toBe(0);
    });
    expect(await lab.redis.keys(`*${GENERAL_CHANNEL}*:message:*`)).toEqual([]);
    await trim();
    const { total, texts } = await read();
    expect([texts.length, texts.at(-1)]).toEqual([total, 'text 999']);
    const { head } = await lab.logs().head(GENERAL_CHANNEL);
    expect(head).toMatchObject({ seq: 1_006, first: 1_006 - total + 1 });
    // Numbers of messages count on: 1,003 messages and 3 changes.
    expect(await post('next')).toMatchObject({ Seq: 1_007, number: 1_004 });
  });

  it('by age deletes what is older, with its edits, reactions and tombstones, and keeps the rest', async () => {
    const { lab, bob, post, many, change, set, read, trim } = setUp();
    const old = await many(150, 'secret');
    await change(old[0]!.UUID, { kind: 'edit', fields: textFields('a secret edit', []) });
    await change(old[1]!.UUID, { kind: 'react', reaction: 'a secret reaction', remove: false }, bob);
    await change(old[140]!.UUID, { kind: 'delete' });
    await age(lab, 3 * DAY_MS);
    const young = await many(20, 'young');
    await change(young[0]!.UUID, { kind: 'edit', fields: textFields('young, edited', []) });
    await change(young[10]!.UUID, { kind: 'delete' });
    const before = await lab.logs().head(GENERAL_CHANNEL);
    expect(before.head.first).toBe(1);

    await set(undefined, 2 * DAY_MS);
    await trim();
    const { total, texts } = await read();
    expect(total).toBe(20);
    expect(texts).toEqual(
      Array.from({ length: 20 }, (_, n) => (n === 0 ? 'young, edited' : n === 10 ? '' : `young ${n}`)),
    );
    expect(await everything(lab, lab.prefix)).not.toContain('secret');
    const { head } = await lab.logs().head(GENERAL_CHANNEL);
    // A client that resumes from before the first message that is kept is told to reload; one after it is not.
    expect(head).toMatchObject({ epoch: before.head.epoch, seq: before.head.seq, first: young[0]!.Seq });
    expect(await post('next')).toMatchObject({ Seq: head.seq + 1, number: 171 });
  });

  it('by age is looked at when a message comes, at most once per hour and channel', async () => {
    const { lab, post, set, read } = setUp();
    await post('old');
    await age(lab, 2 * DAY_MS);
    await set(undefined, DAY_MS);
    expect((await read()).texts).toEqual(['old']);
    await post('new');
    await eventually(async () => expect((await read()).texts).toEqual(['new']));
    const keep = async () => (await lab.redis.hget(lab.keys.meta(GENERAL_CHANNEL), 'keep'))!;
    await eventually(async () => expect(await keep()).not.toMatch(/ 0$/));
    const due = Number((await keep()).split(' ')[2]);
    expect(Math.abs(due - Date.now() - HOUR_MS)).toBeLessThan(HOUR_MS / 2);
    await age(lab, 2 * DAY_MS);
    expect(await post('newer')).toMatchObject({ isTrimDue: false });
    await lab.redis.hset(lab.keys.meta(GENERAL_CHANNEL), 'keep', `- ${DAY_MS} 1`);
    expect(await post('newest')).toMatchObject({ isTrimDue: true });
    await eventually(async () => expect((await read()).texts).toEqual(['newer', 'newest']));
  });

  it('by age empties a channel in which nobody writes, and its log goes on', async () => {
    const { lab, ada, bob, post, trim, read } = setUp();
    const channel = privateChannelOf(ada.UUID, bob.UUID);
    const { channelUUID } = channel;
    const { epoch } = await post('old', channel);
    await post('old too', channel);
    await age(lab, 2 * DAY_MS, channelUUID);
    await setRetention(lab.redis, lab.keys, channelUUID, { ms: DAY_MS });
    await trim(channelUUID);
    expect(await read(channelUUID)).toEqual({ total: 0, texts: [] });
    expect((await lab.logs().head(channelUUID)).head).toMatchObject({ epoch, seq: 2, first: 3 });
    expect(await lab.logs().page(channelUUID, { after: 2 })).toMatchObject({ frames: [] });
    expect(await post('new', channel)).toMatchObject({ epoch, Seq: 3, number: 3 });
    expect(await read(channelUUID)).toEqual({ total: 1, texts: ['new'] });
  });

  it('goes in short steps, and works when Redis is full', async () => {
    const { lab, many, set, trim, read } = setUp();
    await many(1, 'first');
    const start = (await lab.log(GENERAL_CHANNEL))[0]!.json;
    const pipeline = lab.redis.pipeline();
    for (let seq = 2; seq <= 9_000; seq += 1)
      pipeline.xadd(
        lab.keys.log(GENERAL_CHANNEL),
        `${seq}-0`,
        'm',
        start
          .replace(/"Seq":1}$/, `"Seq":${seq}}`)
          .replace(/"CreatedAt":"[^"]*"/, '"CreatedAt":"2020-01-01T00:00:00.000Z"'),
      );
    await pipeline.exec();
    await set(undefined, DAY_MS);
    await lab.redis.config('SET', 'maxmemory', 1);
    try {
      expect(await trim()).toBeGreaterThan(3);
    } finally {
      await lab.redis.config('SET', 'maxmemory', 0);
    }
    expect(await read()).toEqual({ total: 0, texts: [] });
  });
});
