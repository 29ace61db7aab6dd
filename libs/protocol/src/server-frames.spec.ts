import { describe, expect, it } from '@jest/globals';
import { decodeServerFrame } from './server-frames.js';

describe('decodeServerFrame', () => {
  it('reads a missing payload as an empty one', () => {
    expect(decodeServerFrame('{"type":"pong","id":7}')).toEqual({ type: 'pong', id: 7, pong: {} });
  });

  it.each([
    { type: 'channelEpoch', channelEpoch: { channelUUID: 'c', epoch: 'e', from: 0 } },
    { type: 'inboxEpoch', inboxEpoch: { epoch: 'e', from: 7 } },
  ])('reads a sys frame of type $type', (sys) => {
    const frame = { type: 'sys', sys };
    expect(decodeServerFrame(JSON.stringify(frame))).toEqual(frame);
  });

  it.each([
    '{"type":"sys","sys":{"type":"channelEpoch","channelEpoch":{"channelUUID":"c","epoch":"e"}}}',
    '{"type":"sys","sys":{"type":"inboxEpoch","inboxEpoch":{"epoch":"e","from":-1}}}',
    'null',
    '[]',
    '{"type":"toString"}',
    '{"type":"ready"}',
    '{"type":"signOut","signOut":{"uuid":7}}',
  ])('refuses %s', (json) => {
    expect(() => decodeServerFrame(json)).toThrow();
  });
});
