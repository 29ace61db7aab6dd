import { hash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { validate, version } from 'uuid';
import { sessionUUIDOf } from './session-uuid.js';

describe('the UUID of a session', () => {
  it('is a valid UUID of version 8, the same for the same session', () => {
    for (let n = 0; n < 64; n += 1) {
      const UUID = sessionUUIDOf(hash('sha256', `${n}`));
      expect([validate(UUID), version(UUID)]).toEqual([true, 8]);
      expect(sessionUUIDOf(hash('sha256', `${n}`))).toBe(UUID);
      expect(sessionUUIDOf(hash('sha256', `${n + 1}`))).not.toBe(UUID);
    }
  });
});
