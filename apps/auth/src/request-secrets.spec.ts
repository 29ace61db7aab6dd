import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { sessionOf } from '@parley/contracts';
import { RequestSecrets } from './request-secrets.js';

const sealingKey = randomBytes(32);
const secrets = new RequestSecrets(sealingKey);
const USER = '123e4567-e89b-42d3-a456-426614174000';

describe('RequestSecrets', () => {
  it('derives the same secrets for the same request, on any replica', () => {
    const other = new RequestSecrets(sealingKey);
    expect(other.userUUID('r1', 'Ada')).toBe(secrets.userUUID('r1', 'ADA'));
    expect(other.accessKey('r1', USER)).toBe(secrets.accessKey('r1', USER));
  });

  it('derives different ones for a different request, name, user or sealing key', () => {
    const uuids = [
      ['r1', 'Ada'],
      ['r2', 'Ada'],
      ['r1', 'Grace'],
    ].map(([key, name]) => secrets.userUUID(key!, name!));
    expect(new Set(uuids).size).toBe(3);
    const keys = [
      secrets.accessKey('r1', USER),
      secrets.accessKey('r2', USER),
      secrets.accessKey('r1', uuids[0]!),
      new RequestSecrets(randomBytes(32)).accessKey('r1', USER),
    ];
    expect(new Set(keys.map((key) => key.slice(-43))).size).toBe(4);
  });

  it('creates access keys that name their user', () => {
    expect(sessionOf(secrets.accessKey('r1', USER))?.userUUID).toBe(USER);
  });
});
