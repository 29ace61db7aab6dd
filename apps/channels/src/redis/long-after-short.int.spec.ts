import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { privateChannelOf } from '../channel.js';
import { ChannelLab, joining, message } from '../fixtures/channel-lab.js';
import { newUser } from '../fixtures/people.js';
import { SLICE_BYTES } from '../large-reads.js';

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

  /** A private channel with these texts, and how many entries the reads of its messages ask for. */
  async function setUp(texts: readonly string[]) {
    const [one, other] = [newUser(), newUser()];
    const channel = privateChannelOf(one.UUID, other.UUID);
    const posts = lab.posts();
    for (const text of texts) await posts.append(message(one, text, { channel }));
    const watch = await lab.watchCommands();
    /** For each script that the work runs, the counts of its reads. */
    const countsOf = async (work: Promise<unknown>): Promise<number[][]> => {
      await work;
      const steps: number[][] = [];
      for (const { name, args, isOfScript } of await watch.seen()) {
        if (!isOfScript && name.startsWith('eval')) steps.push([]);
        if (isOfScript && args[0] === lab.keys.log(channel.channelUUID) && args.at(-2) === 'COUNT')
          steps.at(-1)!.push(Number(args.at(-1)));
      }
      watch.stop();
      return steps.filter((reads) => reads.length > 0);
    };
    return { one, channel, countsOf };
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
      const counts = (await countsOf(reads[what]!())).flat();
      expect(counts.length).toBeGreaterThan(2);
      expect(Math.max(...counts)).toBeLessThanOrEqual(MOST_GROUP);
    },
  );

  it('reads few of them in one step, however many join in one turn', async () => {
    const { one, channel, countsOf } = await setUp(Array<string>(12).fill(long));
    const repository = lab.repository();
    const join = () => repository.join(joining(one, randomUUID(), channel), randomUUID(), 10);
    const steps = await countsOf(Promise.all(Array.from({ length: 30 }, join)));
    const perStep = steps.map((reads) => reads.reduce((sum, count) => sum + count, 0));
    expect(perStep.length).toBeGreaterThan(1);
    // What fills four slices, and one more join: what fits in one slice, and the one that does not.
    const fitting = (slices: number) => Math.floor((slices * SLICE_BYTES) / (6 * long.length));
    expect(Math.max(...perStep)).toBeLessThanOrEqual(fitting(4) + fitting(1) + 1);
  });
});
