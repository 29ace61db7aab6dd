import { describe, expect, it } from '@jest/globals';
import * as ws from 'ws';
import { textFrame } from './text-frame.js';

/** Exported by `ws`, though its types do not say so. */
const { Sender } = ws as unknown as {
  Sender: { frame(payload: Buffer, options: Record<string, unknown>): Buffer[] };
};

describe('textFrame', () => {
  it.each([0, 1, 125, 126, 65_535, 65_536, 100_000])('frames %d bytes as ws does', (length) => {
    const payload = Buffer.alloc(length, 'é');
    const parts = Sender.frame(payload, { fin: true, opcode: 1, mask: false, rsv1: false, readOnly: true });
    expect(textFrame(payload).equals(Buffer.concat(parts))).toBe(true);
  });
});
