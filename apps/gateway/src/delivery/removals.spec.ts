import { describe, expect, it } from '@jest/globals';
import { removedBy } from './removals.js';

const about = { channelUUID: 'c', by: 'b', at: '2026-01-01T00:00:00.000Z', userUUID: 'u', Seq: 7 };
const sys = (type: string) => Buffer.from(JSON.stringify({ type: 'sys', sys: { type, [type]: about } }));

describe('removedBy', () => {
  it('names the user whom a kick removes', () => {
    expect(removedBy(sys('channelKick'))).toBe('u');
  });

  it.each([
    sys('channelInvite'),
    Buffer.from('{"type":"sys","SUUID":"channelKick"}'),
    Buffer.from('{"type":"channelMessage","channelMessage":{"Message":"channelKick"}}'),
    Buffer.from('{}'),
  ])('names nobody for any other entry', (json) => {
    expect(removedBy(json)).toBeUndefined();
  });
});
