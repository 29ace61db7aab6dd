import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { newPrivateKey } from '@parley/contracts';
import { hashingsAtOnce, readAuthSettings } from './config.js';

const read = (env: NodeJS.ProcessEnv = {}) =>
  readAuthSettings({ AUTH_PRIVATE_KEYS: newPrivateKey('a'), ...env });

describe('the settings of auth', () => {
  it('hash as OWASP recommends by default', () => {
    expect(read()).toMatchObject({ ARGON2_MEMORY_KIB: 19_456, ARGON2_ITERATIONS: 2, ARGON2_PARALLELISM: 1 });
  });

  it('leave one thread of the pool free and allow no more hashings than cores by default', () => {
    expect(hashingsAtOnce(read())).toBe(Math.min(3, availableParallelism()));
    expect(hashingsAtOnce(read({ HASHINGS_AT_ONCE: '7' }))).toBe(7);
  });

  it('are refused without keys; those of the release before will do', () => {
    expect(() => readAuthSettings({})).toThrow('AUTH_PRIVATE_KEYS: expected');
    const settings = readAuthSettings({ SEALING_KEY: randomBytes(32).toString('base64') });
    expect(settings.AUTH_PRIVATE_KEYS).toBeUndefined();
  });
});
