import { describe, expect, it } from '@jest/globals';
import { Caller } from './caller.js';

const ADA = '7b8e0f5e-6d1c-4f6a-9a3e-000000000001';
const BOB = '7b8e0f5e-6d1c-4f6a-9a3e-000000000002';

const caller = (key?: string, userUUID = ADA, channelUUID = 'c') =>
  new Caller('changeChannel', {
    headers: { 'idempotency-key': key },
    params: { channelUUID },
    rest: {
      id: 'r',
      address: '::1',
      asker: { sessionId: 's', user: { UUID: userUUID, Username: 'x' } },
    },
  });

describe('the key of a write', () => {
  it('is the same for the same write with the same Idempotency-Key', () => {
    expect(caller('k').requestKey()).toBe(caller('k').requestKey());
  });

  it('is another one for another user, another object, another key, and a narrower scope', () => {
    const keys = [
      caller('k').requestKey(),
      caller('k', BOB).requestKey(),
      caller('k', ADA, 'd').requestKey(),
      caller('l').requestKey(),
      caller('k').requestKey('ban'),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('is a new one for each write without an Idempotency-Key', () => {
    expect(caller().requestKey()).not.toBe(caller().requestKey());
  });

  it.each(['', 'x'.repeat(65), 'with space', 'ü'])('is refused where the header is %j', (key) => {
    expect(() => caller(key)).toThrow(expect.objectContaining({ name: 'INVALID_FIELD' }));
  });
});
