import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { inboxId } from '@parley/contracts';
import { eventually } from '@parley/testing';
import { privateChannelOf } from '../channel.js';
import { ChannelLab, message } from '../fixtures/channel-lab.js';
import { newUser } from '../fixtures/people.js';
import type { Memory, Retention } from './retention.js';

/** Records that one key of a memory holds at most: what Redis frees in one go when the key expires. */
const RECORDS_OF_ONE_KEY = 2_000;

describe('the memory of what was stored', () => {
  let lab: ChannelLab;
  beforeAll(() => {
    lab = new ChannelLab();
  });
  afterAll(() => lab.close());

  /** A new private channel, and one who posts to it. */
  const setUp = (retention: Partial<Retention> = {}) => {
    const one = newUser();
    const channel = privateChannelOf(one.UUID, randomUUID());
    const posts = lab.posts(retention);
    const send = (clientUUID: string) =>
      posts.append(message(one, clientUUID, { channel, mark: { clientUUID } }));
    const sendAll = (from: number, to: number) =>
      Promise.all(Array.from({ length: to - from }, (_, index) => send(`c-${from + index}`)));
    return {
      one,
      channel,
      log: channel.channelUUID,
      meta: lab.keys.meta(channel.channelUUID),
      send,
      sendAll,
    };
  };

  /** How many records each key has that belongs to a memory, whatever its name. */
  const sizes = async (log: string) => {
    const keys = await lab.redis.keys(`${lab.prefix}:channels:?${log}?:*`);
    const memory = keys.filter((key) => /:(posted|handled)/.test(key));
    return Promise.all(
      memory.map(async (key) =>
        (await lab.redis.type(key)) === 'set' ? lab.redis.scard(key) : lab.redis.hlen(key),
      ),
    );
  };

  /** Records that nobody asks for: a memory is large without that many messages. */
  const fill = async (key: string, records: number) => {
    const names = Array.from({ length: records }, () => randomUUID().slice(0, 16));
    if ((await lab.redis.type(key)) === 'set') await lab.redis.sadd(key, ...names);
    else await lab.redis.hset(key, ...names.flatMap((name) => [name, '']));
  };

  it('holds no key that would hold Redis up when it expires, however many messages there are', async () => {
    const { log, send, sendAll } = setUp();
    const first = await send('first');
    for (let from = 0; from < 11_000; from += 1_000) await sendAll(from, from + 1_000);
    expect(Math.max(...(await sizes(log)))).toBeLessThanOrEqual(RECORDS_OF_ONE_KEY);
    const shards = await lab.shards(log, 'posted');
    expect(shards.length).toBeGreaterThan(8);
    const ends = await Promise.all(shards.map((shard) => lab.redis.pexpiretime(shard)));
    const [soonest, ...later] = ends.sort((a, b) => a - b);
    expect(soonest).toBeGreaterThan(Date.now() + 60_000);
    // Nor would those that expire next to each other.
    for (const [index, end] of later.entries()) expect(end - ends[index]!).toBeGreaterThanOrEqual(4);
    expect(await send('first')).toEqual({ ...first, duplicate: true, follows: 'unknown' });
    const again = await sendAll(0, 11_000);
    expect(again.every(({ duplicate }) => duplicate)).toBe(true);
    expect(again.map(({ Seq }) => Seq)).toEqual(Array.from({ length: 11_000 }, (_, index) => index + 2));
  });

  it('splits the shards of a generation that has several, and needs fewer when there is less', async () => {
    const { log, meta, send, sendAll } = setUp();
    await send('first');
    const [only] = await lab.shards(log, 'posted');
    await fill(only!, 1_024);
    await sendAll(0, 200);
    const eight = (await lab.shards(log, 'posted')).filter((key) => key !== only);
    expect(eight).toHaveLength(8);
    for (const shard of eight) await fill(shard, 1_024);
    await sendAll(200, 400);
    expect(await lab.redis.hget(meta, 'postedIn')).toMatch(/^\d+ 2 \d+ 1 \d+ 0$/);
    await lab.age(log, 'posted', 59_000); // half its life is over
    await send('after the burst');
    expect(await lab.redis.hget(meta, 'postedIn')).toMatch(/^\d+ 1 \d+ 2 \d+ 1 \d+ 0$/);
    const again = [await send('first'), ...(await sendAll(0, 400)), await send('after the burst')];
    expect(again.every(({ duplicate }) => duplicate)).toBe(true);
  });

  it("splits an inbox's sets in the same way", async () => {
    const inboxes = lab.inboxes();
    const { channel, send } = setUp();
    const inbox = inboxId(channel.recipientUUID);
    const put = async (clientUUID: string) => {
      const stored = await send(clientUUID);
      const { channelUUID, recipientUUID: recipient } = channel;
      await inboxes.put({ recipient, channelUUID, mark: { clientUUID }, stored, json: '{}' });
    };
    await put('first');
    await fill((await lab.shards(inbox, 'posted'))[0]!, 1_024);
    for (let n = 0; n < 100; n++) await put(`c-${n}`);
    for (let n = 0; n < 100; n++) await put(`c-${n}`);
    expect(Math.max(...(await sizes(inbox)))).toBeLessThanOrEqual(RECORDS_OF_ONE_KEY);
    expect((await lab.shards(inbox, 'posted')).length).toBeGreaterThan(1);
    expect(await inboxes.open(channel.recipientUUID)).toMatchObject({ seq: 101 });
  });

  it('splits them where each channel has written one message only, as many do to one user', async () => {
    const inboxes = lab.inboxes();
    const posts = lab.posts();
    const recipient = randomUUID();
    const put = async () => {
      const one = newUser();
      const channel = privateChannelOf(one.UUID, recipient);
      const mark = { clientUUID: 'first' };
      const stored = await posts.append(message(one, 'first', { channel, mark }));
      await inboxes.put({ recipient, channelUUID: channel.channelUUID, mark, stored, json: '{}' });
    };
    await put();
    await fill((await lab.shards(inboxId(recipient), 'posted'))[0]!, 8_192);
    for (let n = 0; n < 100; n++) await put();
    expect((await lab.shards(inboxId(recipient), 'posted')).length).toBeGreaterThan(1);
  });

  it('keeps a clientUUID for its time at least, and forgets it after twice the time', async () => {
    const { log, send } = setUp({ clientUuidMs: 800 });
    const first = await send('first');
    const [shard] = await lab.shards(log, 'posted');
    await eventually(async () => (await lab.redis.pttl(shard!)) < 800, { everyMs: 5 });
    await send('second'); // begins a generation
    expect(await lab.shards(log, 'posted')).toHaveLength(2);
    expect(await send('first')).toEqual({ ...first, duplicate: true });
    expect(await send('second')).toMatchObject({ Seq: 2 });
    await eventually(async () => (await lab.shards(log, 'posted')).length === 0);
    expect(await send('first')).toMatchObject({ Seq: 3 });
  });

  it('tells the Seq of a message beyond the bits that its UUID holds', async () => {
    const { log, send } = setUp();
    await send('first');
    const far = 2 ** 40;
    await lab.redis.xadd(lab.keys.log(log), `${far}-0`, 'm', '{}');
    const stored = [await send('far'), await send('next')];
    expect(stored.map(({ Seq }) => Seq)).toEqual([far + 1, far + 2]);
    expect(await send('far')).toMatchObject({ ...stored[0], duplicate: true });
  });

  describe('beside the version before', () => {
    it('finds what that stored, and stores there too while its memory lives', async () => {
      const { log, send } = setUp();
      const [first, second] = [await send('first'), await send('second')];
      await lab.memoryAsBefore(log, 'posted');
      expect(await send('first')).toEqual({ ...first, duplicate: true });
      expect(await send('second')).toEqual({ ...second, duplicate: true });
      const third = await send('third');
      expect(third).toMatchObject({ Seq: 3 });
      const [younger] = lab.keys.memory(log, 'posted');
      const text = `${third.UUID} 3 ${Date.parse(third.CreatedAt)}`;
      expect(await lab.redis.hvals(younger)).toContain(text);
      expect(await lab.redis.pttl(younger)).toBeGreaterThan(0);
      await lab.redis.del(younger);
      expect(await send('third')).toEqual({ ...third, duplicate: true });
    });

    it('finds what that moved to its older half since', async () => {
      const { log, meta, send } = setUp();
      const first = await send('first');
      await lab.memoryAsBefore(log, 'posted');
      const [younger, older] = lab.keys.memory(log, 'posted');
      await lab.redis.rename(younger, older);
      await lab.redis.hset(meta, 'posted', `${Date.now() + 90_000} ${await lab.redis.pexpiretime(older)}`);
      expect(await send('first')).toEqual({ ...first, duplicate: true });
      expect(await send('second')).toMatchObject({ Seq: 2 });
      expect(await lab.redis.exists(younger)).toBe(0);
      expect(await send('second')).toMatchObject({ Seq: 2, duplicate: true });
    });

    it.each(['posted', 'handled'] as const)(
      'adds no more to what that keeps in %s than a key may hold',
      async (memory) => {
        const { one, channel, log } = setUp();
        const posts = lab.posts();
        const mark = (n: string) => (memory === 'posted' ? { clientUUID: n } : { key: n });
        await posts.append(message(one, 'first', { channel, mark: mark('first') }));
        await lab.memoryAsBefore(log, memory satisfies Memory);
        const [younger] = lab.keys.memory(log, memory);
        await fill(younger, 8_192);
        const before = await lab.redis.hlen(younger);
        await posts.append(message(one, 'second', { channel, mark: mark('second') }));
        expect(await lab.redis.hlen(younger)).toBe(before);
      },
    );

    it('does not mistake its newest message for one of the sender before', async () => {
      const { log, meta, send } = setUp();
      await send('first');
      await lab.redis.xadd(lab.keys.log(log), '2-0', 'm', '{}');
      await lab.redis.hset(meta, 'seq', 2);
      expect(await send('third')).toMatchObject({ Seq: 3, follows: 'unknown' });
    });
  });
});
