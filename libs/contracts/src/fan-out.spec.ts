import { describe, expect, it } from '@jest/globals';
import { decodePublished, encodePublished, epochTag, FAN_OUT_HEAD_BYTES } from './fan-out.js';

describe('the published head', () => {
  it('carries Seq, tag and length of several frames in order', () => {
    const frames: [number, string, number][] = [
      [1, '{"a":"é"}', 2 ** 32 - 1],
      [0, '{}', 0],
      [2 ** 40 + 5, '{"b":"😀"}', 7],
    ];
    const buffer = Buffer.concat(frames.map((frame) => encodePublished(...frame)));
    const read = [...decodePublished(buffer)].map((each) => [each.seq, each.json.toString(), each.epochTag]);
    expect(read).toEqual(frames);
  });

  it('names an epoch by the first 32 bits of its UUID, as the scripts pack it', () => {
    const tag = epochTag('fedcba98-0000-4000-8000-000000000000');
    expect(tag).toBe(0xfedcba98);
    const packed = Buffer.from('0000000000000005fedcba98000000027b7d', 'hex');
    expect(encodePublished(5, '{}', tag)).toEqual(packed);
    expect(packed).toHaveLength(FAN_OUT_HEAD_BYTES + 2);
  });

  it('says its version in the first byte: 0 is written, 0 and 1 are read, and a newer one is refused', () => {
    const buffer = encodePublished(2 ** 48 + 5, '{}', 7);
    expect(buffer[0]).toBe(0);
    for (const version of [0, 1]) {
      buffer[0] = version;
      expect([...decodePublished(buffer)]).toMatchObject([{ seq: 2 ** 48 + 5, epochTag: 7 }]);
    }
    buffer[0] = 2;
    expect(() => [...decodePublished(buffer)]).toThrow('newer version');
  });

  it('refuses a buffer that ends inside a frame', () => {
    const buffer = encodePublished(1, '{"a":1}');
    expect(() => [...decodePublished(buffer.subarray(0, -1))]).toThrow('cut short');
    expect(() => [...decodePublished(buffer.subarray(0, 5))]).toThrow('cut short');
  });

  it('refuses a frame that is no UTF-8, wherever it is broken', () => {
    const buffer = encodePublished(1, '{"a":"é"}');
    for (let at = FAN_OUT_HEAD_BYTES; at < buffer.length; at += 1) {
      const broken = Buffer.from(buffer);
      broken[at] = 0xff;
      expect(() => [...decodePublished(broken)]).toThrow('no UTF-8');
    }
  });
});
