import { describe, expect, it } from '@jest/globals';
import { serverFrame } from './fixtures/server-frame.js';
import { clientFrame, emptyHead, OPCODES, readHead } from './frames.js';

const lengths = [0, 1, 125, 126, 65_535, 65_536, 200_000];

describe('the head of a frame', () => {
  it.each(lengths)('is read for a payload of %i bytes', (length) => {
    const bytes = Buffer.concat([Buffer.alloc(3), serverFrame('x'.repeat(length))]);
    const head = emptyHead();
    expect(readHead(bytes, 3, bytes.length, head)).toBe(true);
    expect(head).toMatchObject({ opcode: OPCODES.text, final: true, illegal: false, end: bytes.length });
    expect(head.end - head.payloadStart).toBe(length);
  });

  it.each(['16', '64'] as const)('is read where a short length stands in %s bits', (form) => {
    const bytes = serverFrame('short', { form });
    const head = emptyHead();
    expect(readHead(bytes, 0, bytes.length, head)).toBe(true);
    expect(bytes.toString('utf8', head.payloadStart, head.end)).toBe('short');
  });

  it.each(lengths)('is not taken for whole before it is, for %i bytes', (length) => {
    const bytes = serverFrame('x'.repeat(length));
    const headBytes = bytes.length - length;
    for (let end = 0; end < headBytes; end += 1) expect(readHead(bytes, 0, end, emptyHead())).toBe(false);
    expect(readHead(bytes, 0, headBytes, emptyHead())).toBe(true);
  });

  it.each([
    ['a mask', 1, 0x80],
    ['a bit of an extension', 0, 0x40],
  ])('is illegal with %s', (_, at, bit) => {
    const bytes = serverFrame('x');
    bytes[at]! |= bit;
    const head = emptyHead();
    readHead(bytes, 0, bytes.length, head);
    expect(head.illegal).toBe(true);
  });
});

describe("a client's frame", () => {
  it.each(lengths)('is masked and carries %i bytes', (length) => {
    const frame = clientFrame(OPCODES.text, 'x'.repeat(length));
    expect(frame[1]! & 0x80).toBe(0x80);
    frame[1]! &= 0x7f;
    const head = emptyHead();
    readHead(frame, 0, frame.length, head);
    const mask = frame.subarray(head.payloadStart, head.payloadStart + 4);
    expect(mask).toEqual(Buffer.alloc(4));
    expect(frame.toString('utf8', head.payloadStart + 4)).toBe('x'.repeat(length));
  });

  it('counts bytes, not characters', () => {
    expect(clientFrame(OPCODES.text, 'é')[1]! & 0x7f).toBe(2);
  });
});
