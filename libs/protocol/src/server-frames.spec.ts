import { describe, expect, it } from '@jest/globals';
import { decodeServerFrame } from './server-frames.js';

describe('decodeServerFrame', () => {
  it('reads a missing payload as an empty one', () => {
    expect(decodeServerFrame('{"type":"pong","id":7}')).toEqual({ type: 'pong', id: 7, pong: {} });
  });

  it.each([
    'null',
    '[]',
    '{"type":"toString"}',
    '{"type":"ready"}',
    '{"type":"signOut","signOut":{"uuid":7}}',
  ])('refuses %s', (json) => {
    expect(() => decodeServerFrame(json)).toThrow();
  });
});
