import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { sessionOf } from '@parley/contracts';
import { AccessKeys, newUserUUID } from './request-secrets.js';

const secret = randomBytes(32);
const accessKeys = new AccessKeys(secret);
const USER = '123e4567-e89b-42d3-a456-426614174000';

describe('what a request creates', () => {
  it('is the same for the same request, on any replica', () => {
    expect(newUserUUID('r1', 'Ada')).toBe(newUserUUID('r1', 'ADA'));
    expect(new AccessKeys(secret).of('r1', USER)).toBe(accessKeys.of('r1', USER));
  });

  it('is different for a different request, name, user or secret', () => {
    const uuids = [newUserUUID('r1', 'Ada'), newUserUUID('r2', 'Ada'), newUserUUID('r1', 'Grace')];
    expect(new Set(uuids).size).toBe(3);
    const keys = [
      accessKeys.of('r1', USER),
      accessKeys.of('r2', USER),
      accessKeys.of('r1', uuids[0]!),
      new AccessKeys(randomBytes(32)).of('r1', USER),
    ];
    expect(new Set(keys.map((key) => key.slice(-43))).size).toBe(4);
  });

  it('has an access key that names its user', () => {
    expect(sessionOf(accessKeys.of('r1', USER))?.userUUID).toBe(USER);
  });
});
