import { describe, expect, it } from '@jest/globals';
import { newAccessKey, sessionOf } from './access-key.js';

const USER = '0198a3c5-7b1e-7c3a-9d2f-0123456789ab';

describe('newAccessKey', () => {
  it('names its user and one session of 256 random bits', () => {
    const [one, other] = [newAccessKey(USER), newAccessKey(USER)];
    expect(one).toMatch(/^[\w-]{64}$/);
    expect(sessionOf(one)).toEqual({ userUUID: USER, sessionId: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(sessionOf(other)?.sessionId).not.toBe(sessionOf(one)?.sessionId);
  });
});

describe('sessionOf', () => {
  it.each(['', 'short', '='.repeat(64), 'a'.repeat(65), `${'a'.repeat(60)}++//`])(
    'finds no session in %j',
    (key) => {
      expect(sessionOf(key)).toBeUndefined();
    },
  );
});
