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

  const entry = { channelUUID: 'c', Seq: 7, userUUID: 'u', by: 'b' };

  it.each([
    { type: 'channelInvite', channelInvite: entry },
    { type: 'channelKick', channelKick: { ...entry, ban: true } },
    { type: 'channelUnban', channelUnban: entry },
    { type: 'channelMute', channelMute: { ...entry, mutedUntil: '2026-01-01T00:00:00.000Z' } },
    { type: 'channelRole', channelRole: { ...entry, role: 'moderator', at: '2026-01-01T00:00:00.000Z' } },
    { type: 'channelSet', channelSet: { ...entry, topic: '', archived: false } },
    { type: 'channelRead', channelRead: { channelUUID: 'c', userUUID: 'u', seq: 7 } },
  ])('reads what members are told of $type', (sys) => {
    const frame = { type: 'sys', sys };
    expect(decodeServerFrame(JSON.stringify(frame))).toEqual(frame);
  });

  const change = { channelUUID: 'c', UUID: 'm', messageSeq: 3, Seq: 7, userUUID: 'u', at: 't' };

  it.each([
    { type: 'messageEdit', messageEdit: { ...change, Message: 'x', mentions: [] } },
    { type: 'messageEdit', messageEdit: change },
    { type: 'messageDelete', messageDelete: change },
    { type: 'reaction', reaction: { ...change, reaction: '👍', remove: false, count: 1 } },
  ])('reads the change $type', (frame) => {
    expect(decodeServerFrame(JSON.stringify(frame))).toEqual(frame);
  });

  it.each([
    '{"type":"sys","sys":{"type":"channelKick","channelKick":{"channelUUID":"c","userUUID":"u","by":"b"}}}',
    '{"type":"reaction","reaction":{"channelUUID":"c","UUID":"m","messageSeq":3,"Seq":7,"userUUID":"u","at":"t"}}',
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
