import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@parley/testing';
import { privateChannelOf } from '../channel.js';
import { ChannelLab, joining, message } from '../fixtures/channel-lab.js';
import { newUser } from '../fixtures/people.js';

/** Entries of one read of a stream at most: `MOST_GROUP` of log-read.lua. */
const MOST_GROUP = 10;
const LONG = 40;
const SHORT = 20;

describe('reading long messages that come after short ones', () => {
  let lab: ChannelLab;
  beforeAll(() => {
    lab = new ChannelLab();
  });
  afterAll(() => lab.close());

  /** A private channel with these texts, how many entries each read of its messages asks for, and all reads of each step. */
  async function setUp(texts: readonly string[]) {
    const [one, other] = [newUser(), newUser()];
    const channel = privateChannelOf(one.UUID, other.UUID);
    const posts = lab.posts();
    for (const text of texts) await posts.append(message(one, text, { channel }));
    const asked: number[] = [];
    const perStep: number[] = [];
    let isMarked = false;
    const mark = randomUUID();
    const monitor = await lab.redis.monitor();
    monitor.on('monitor', (_, [command, key, ...rest]: string[]) => {
      if (command?.toLowerCase() === 'echo' && key === mark) isMarked = true;
      if (key === lab.keys.log(channel.channelUUID) && rest.includes('COUNT'))
        asked.push(Number(rest.at(-1)));
    });
    const countsOf = async (work: Promise<unknown>): Promise<number[]> => {
      await work;
      await lab.redis.echo(mark);
      await eventually(() => isMarked);
      monitor.disconnect();
      return asked;
    };
    return { one, channel, countsOf, perStep };
  }

  const long = '\u0000'.repeat(4_000); // 24 KB as JSON
  const longBefore = [...Array<string>(LONG).fill(long), ...Array<string>(SHORT).fill('short')];

  it.each(['join', 'page of the history', 'page of the log'])(
    'asks for few of them at a time: %s',
    async (what) => {
      // A page of the log is read forwards.
      const texts = what === 'page of the log' ? longBefore.toReversed() : longBefore;
      const { one, channel, countsOf } = await setUp(texts);
      const { channelUUID } = channel;
      const reads: Record<string, () => Promise<unknown>> = {
        join: () => lab.repository().join(joining(one, randomUUID(), channel), randomUUID(), 100),
        'page of the history': () => lab.logs().history(channelUUID, { limit: 100, user: one.UUID }),
        'page of the log': () => lab.logs().page(channelUUID, { after: 0 }),
      };
      const counts = await countsOf(reads[what]!());
      expect(counts.length).toBeGreaterThan(2);
      expect(Math.max(...counts)).toBeLessThanOrEqual(MOST_GROUP);
    },
  );

  it('reads few of them in one step, however many join in one turn', async () => {
    const { one, channel, countsOf, perStep } = await setUp(Array<string>(12).fill(long));
    const repository = lab.repository();
    const join = () => repository.join(joining(one, randomUUID(), channel), randomUUID(), 10);
    await countsOf(Promise.all(Array.from({ length: 30 }, join)));
    // Four slices, and as much again as one read may have.
    expect(Math.max(...perStep)).toBeLessThanOrEqual(4 * 3 + 2 * MOST_GROUP);
  });
});
