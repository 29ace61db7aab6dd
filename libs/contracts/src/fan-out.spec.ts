import { describe, expect, it } from '@jest/globals';
import { decodePublished, encodePublished } from './fan-out.js';

describe('the published head', () => {
  it('carries Seq and length of several frames in order', () => {
    const frames: [number, string][] = [
      [1, '{"a":"é"}'],
      [0, '{}'],
      [2 ** 40 + 5, '{"b":"😀"}'],
    ];
    const buffer = Buffer.concat(frames.map(([seq, json]) => encodePublished(seq, json)));
    const read = [...decodePublished(buffer)].map(({ seq, json }) => [seq, json.toString()]);
    expect(read).toEqual(frames);
  });

  it('refuses a buffer that ends inside a frame', () => {
    const buffer = encodePublished(1, '{"a":1}');
    expect(() => [...decodePublished(buffer.subarray(0, -1))]).toThrow('cut short');
    expect(() => [...decodePublished(buffer.subarray(0, 5))]).toThrow('cut short');
  });
});
