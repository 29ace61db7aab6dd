import { describe, expect, it } from '@jest/globals';
import { GrowingPage } from './growing-page.js';
import { SLICE_BYTES } from './large-reads.js';
import type { HistoryPart, ReadHistory } from './redis/read-history.js';

/** As read-history.lua reads from a log whose message `n` has `lengths[n - 1]` bytes. */
function logOf(lengths: readonly number[]) {
  const texts = lengths.map((length, index) => {
    const start = `{"Seq":${index + 1},"Message":"`;
    return `${start.padEnd(length - 2, 'x')}"}`;
  });
  const slices: number[] = [];
  const read = ({ after, before = texts.length + 1, limit, bytes }: ReadHistory): Promise<HistoryPart> => {
    const open = after === undefined ? texts.slice(0, before - 1).toReversed() : texts.slice(after);
    let size = 0;
    const taken = open.slice(0, limit).filter((text, at) => {
      size += text.length;
      return at === 0 || size <= bytes;
    });
    slices.push(taken.join('').length);
    const messages = after === undefined ? taken.toReversed() : taken;
    return Promise.resolve({ total: texts.length, hasMore: taken.length < open.length, messages });
  };
  return { texts, slices, read };
}

const range = { channelUUID: 'c', user: 'u', offset: 0, limit: 100, bytes: 256 * 1024 };
const backwards: ReadHistory = { ...range, after: undefined, before: undefined };
const forwards: ReadHistory = { ...range, after: 0, before: undefined };

async function grown({ read }: ReturnType<typeof logOf>, whole: ReadHistory): Promise<HistoryPart> {
  const growing = new GrowingPage(whole, await read({ ...whole, bytes: SLICE_BYTES }));
  if (growing.isCut) while (await growing.grow(read));
  return growing.page;
}

const LONG = 24_307;

describe('a page that grows', () => {
  it.each([
    ['the newest', backwards, (texts: readonly string[]) => texts.slice(-10)],
    ['the first', forwards, (texts: readonly string[]) => texts.slice(0, 10)],
  ])(
    'has %s messages that fit, in their order, and no slice is larger than one',
    async (_, whole, expected) => {
      const log = logOf(Array<number>(40).fill(LONG));
      const page = await grown(log, whole);
      expect(page.messages).toEqual(expected(log.texts));
      expect(page.hasMore).toBe(true);
      expect(log.slices.length).toBeGreaterThan(3);
      expect(Math.max(...log.slices)).toBeLessThanOrEqual(SLICE_BYTES);
    },
  );

  it.each([backwards, forwards])('ends with the log', async (whole) => {
    const log = logOf(Array<number>(7).fill(LONG));
    const page = await grown(log, whole);
    expect(page).toEqual({ total: 7, hasMore: false, messages: log.texts });
  });

  it('has no more messages than were asked for', async () => {
    const log = logOf(Array<number>(40).fill(LONG));
    expect((await grown(log, { ...backwards, limit: 5 })).messages).toEqual(log.texts.slice(-5));
  });

  it('is one slice where that has everything', async () => {
    const log = logOf(Array<number>(40).fill(200));
    expect((await grown(log, backwards)).messages).toEqual(log.texts);
    expect(log.slices).toHaveLength(1);
  });

  it('holds a message that is larger than a page', async () => {
    const log = logOf([300_000, 300_000]);
    expect((await grown(log, backwards)).messages).toEqual(log.texts.slice(1));
  });
});
