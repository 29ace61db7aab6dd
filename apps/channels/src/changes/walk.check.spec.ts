import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Message } from '@parley/protocol';
import { privateChannelOf } from '../channel.js';
import { changeLog } from '../fixtures/change-log.js';
import { ChannelLab, message } from '../fixtures/channel-lab.js';
import { newUser } from '../fixtures/people.js';
import { NEVER_LATE } from '../redis/delivery.js';

jest.setTimeout(600_000);

const MESSAGES = 100_000;
const AT_ONCE = 1_000;
const PAGE = 100;

describe('a walk through 100,000 messages', () => {
  let lab: ChannelLab;
  beforeAll(() => {
    lab = new ChannelLab();
  });
  afterAll(() => lab.close());

  async function setUp() {
    const one = newUser();
    const channel = privateChannelOf(one.UUID, randomUUID());
    const { channelUUID } = channel;
    const posts = lab.posts();
    const post = (text: string) => posts.append(message(one, text, { channel }));
    const posted: { UUID: string; Seq: number }[] = [];
    for (let n = 0; n < MESSAGES; n += AT_ONCE)
      posted.push(...(await Promise.all(Array.from({ length: AT_ONCE }, (_, at) => post(`text ${n + at}`)))));
    const logs = lab.logs();
    const page = async (range: { before?: number; after?: number }) => {
      const part = await logs.history(channelUUID, { ...range, limit: PAGE, user: one.UUID });
      return { ...part, messages: part.messages.map((json) => JSON.parse(json) as Message) };
    };
    return { one, channelUUID, post, posted, page };
  }

  it('finds no hole and nothing twice, forward and back, while others write, edit, delete and react', async () => {
    const { one, channelUUID, post, posted, page } = await setUp();
    const changes = lab.changes();
    const deleted = new Set<number>();
    const walking = { isOver: false };
    const change = async (n: number) => {
      const { UUID, Seq } = posted[(n * 7_919) % posted.length]!;
      const about = { channelUUID, user: one.UUID, UUID, key: randomUUID(), ...NEVER_LATE };
      if (n % 4 === 0) return post(`new ${n}`);
      if (deleted.has(Seq)) return undefined;
      if (n % 4 === 1) deleted.add(Seq);
      if (n % 4 === 1) return changes.change({ ...about, what: { kind: 'delete' } });
      if (n % 4 === 2)
        return changes.change({ ...about, what: { kind: 'react', reaction: '+1', remove: false } });
      return changes.change({ ...about, what: { kind: 'edit', fields: `"Message":"edited ${n}"` } });
    };
    const others = (async () => {
      for (let n = 0; !walking.isOver; n += 1) await change(n);
    })();
    const walk = async (next: (messages: readonly Message[]) => { before?: number; after?: number }) => {
      const seqs: number[] = [];
      for (let range = next([]); ; ) {
        const { messages, hasMore } = await page(range);
        seqs.push(...messages.map(({ Seq }) => Seq));
        if (!hasMore || seqs.length > 2 * MESSAGES) return seqs;
        range = next(messages);
      }
    };
    const forward = await walk((messages) => ({ after: messages.at(-1)?.Seq ?? 0 }));
    const back = await walk((messages) => (messages.length === 0 ? {} : { before: messages[0]!.Seq }));
    walking.isOver = true;
    await others;
    const known = new Set(posted.map(({ Seq }) => Seq));
    for (const seqs of [forward, back]) {
      expect(new Set(seqs).size).toBe(seqs.length);
      expect(seqs.filter((seq) => known.has(seq))).toHaveLength(MESSAGES);
    }
    expect(deleted.size).toBeGreaterThan(10);
    const first = await page({ after: 0 });
    for (const { Seq, Message: text } of first.messages) expect(text === '').toBe(deleted.has(Seq));
  });

  it('reads only its messages on a page that lies after 100,000 reactions', async () => {
    const one = newUser();
    const channel = privateChannelOf(one.UUID, randomUUID());
    const { channelUUID } = channel;
    const post = () => lab.posts().append(message(one, 'text', { channel }));
    for (let n = 0; n < 5; n += 1) await post();
    for (let n = 0; n < MESSAGES; n += AT_ONCE)
      await changeLog(lab.redis, lab.keys, { channelUUID, count: AT_ONCE, keep: 10 * MESSAGES });
    for (let n = 0; n < 5; n += 1) await post();
    const before = await commands();
    const { messages } = await lab.logs().history(channelUUID, { limit: 10 });
    expect(messages.map((json) => (JSON.parse(json) as Message).Seq)).toEqual([
      ...[1, 2, 3, 4, 5].map((seq) => seq),
      ...[1, 2, 3, 4, 5].map((seq) => MESSAGES + 5 + seq),
    ]);
    expect((await commands()) - before).toBeLessThan(100);
  });

  /** Commands so far that read streams or sorted sets. */
  async function commands(): Promise<number> {
    const stats = await lab.redis.info('commandstats');
    const calls = [...stats.matchAll(/cmdstat_(?:x|z)\w*range\w*:calls=(\d+)/g)];
    return calls.reduce((sum, [, count]) => sum + Number(count), 0);
  }
});
