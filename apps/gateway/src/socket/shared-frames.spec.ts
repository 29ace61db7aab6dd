import { constants, inflateRawSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { SharedFrames } from './shared-frames.js';
import { textFrame } from './text-frame.js';

const texts = (...lengths: number[]) => lengths.map((length, n) => Buffer.alloc(length, `${n}`));

function due(payloads: readonly Buffer[]): SharedFrames {
  const frames = new SharedFrames();
  for (const payload of payloads) frames.add(payload);
  return frames;
}

describe('SharedFrames', () => {
  it.each([[0], [1], [2], [3]])('joins the frames from index %d on, as they are on the wire', (index) => {
    const payloads = texts(1, 126, 70_000, 0);
    const frames = due(payloads);
    const expected = Buffer.concat(payloads.slice(index).map(textFrame));
    expect(frames.from(index).equals(expected)).toBe(true);
    frames.from(0);
    expect(frames.from(index).equals(expected)).toBe(true);
    expect(due(payloads).bytes).toBe(Buffer.concat(payloads.map(textFrame)).length);
  });

  it('hands everyone the same bytes until there are more', () => {
    const frames = due(texts(10, 10));
    const before = frames.from(0);
    expect(frames.from(0)).toBe(before);
    frames.add(Buffer.from('more'));
    expect(frames.from(0).subarray(0, before.length).equals(before)).toBe(true);
    expect(frames.from(0).length).toBe(before.length + 6);
  });

  it('compresses each frame once, and independently, so that any client can read it without the earlier ones', () => {
    const texts = ['short', `"${'chat '.repeat(100)}"`, `"${'more '.repeat(100)}"`];
    const frames = due(texts.slice(0, 2).map((text) => Buffer.from(text)));
    const before = frames.deflated().from(0);
    expect(frames.deflated().from(0)).toBe(before);
    frames.add(Buffer.from(texts[2]!));
    const all = frames.deflated().from(0);
    expect(all.subarray(0, before.length).equals(before)).toBe(true);
    expect(all[0]).toBe(0x81);
    expect(all.toString('utf8', 2, 7)).toBe('short');
    const last = frames.deflated().from(2);
    expect(last[0]).toBe(0xc1);
    const inflated = inflateRawSync(Buffer.concat([last.subarray(2), Buffer.from([0, 0, 0xff, 0xff])]), {
      finishFlush: constants.Z_SYNC_FLUSH,
    });
    expect(inflated.toString()).toBe(texts[2]);
    expect(frames.bytes).toBeGreaterThan(1_000);
    expect(all.length).toBeLessThan(100);
  });

  it('leaves out what is only for those who count, for all others at once, compressed or not', () => {
    const payloads = texts(1, 300, 2, 400, 3);
    const frames = new SharedFrames();
    for (const [n, payload] of payloads.slice(0, 4).entries()) frames.add(payload, n % 2 === 1);
    const rest = (...places: number[]) => Buffer.concat(places.map((n) => textFrame(payloads[n]!)));
    expect(frames.from(0, false)).toEqual(rest(0, 2));
    expect(frames.from(0, false)).toBe(frames.from(0, false));
    expect(frames.from(0)).toEqual(rest(0, 1, 2, 3));
    expect(frames.from(3, false)).toHaveLength(0);
    frames.add(payloads[4]!);
    for (const [index, places] of [[0, 2, 4], [2, 4], [2, 4], [4], [4]].entries()) {
      expect(frames.from(index, false)).toEqual(rest(...places));
      expect(frames.deflated().from(index, false)).toEqual(rest(...places));
    }
    expect(frames.countForCounters).toBe(2);
  });

  it('does not keep a large buffer in memory for its small tail', () => {
    const frames = due(texts(10, 10_000, 10));
    const whole = frames.from(0);
    expect(frames.from(2).buffer).not.toBe(whole.buffer);
    expect(frames.from(1).buffer).toBe(whole.buffer);
  });
});
