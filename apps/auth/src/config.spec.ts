import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
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

  describe('about tokens', () => {
    const SECRET = 'a secret of at least 32 bytes, of course';
    const token = { AUTH_METHODS: 'token', TOKEN_ISSUER: 'https://id.test/', TOKEN_AUDIENCE: 'chat' };
    const pemOf = (key: KeyObject) => String(key.export({ type: 'spki', format: 'pem' }));
    const rsa = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength });

    it('take passwords alone by default', () => {
      expect(read().AUTH_METHODS).toEqual(['password']);
      expect(read({ ...token, TOKEN_SECRET: SECRET }).AUTH_METHODS).toEqual(['token']);
    });

    it.each<[string, NodeJS.ProcessEnv, string]>([
      ['another method', { AUTH_METHODS: 'password,saml' }, 'AUTH_METHODS: expected password, token or both'],
      ['no method', { AUTH_METHODS: ',' }, 'AUTH_METHODS: expected password, token or both'],
      ['no key', token, 'TOKEN_SECRET, TOKEN_PUBLIC_KEY, TOKEN_JWKS_URL: expected exactly one of them'],
      [
        'two keys',
        { ...token, TOKEN_SECRET: SECRET, TOKEN_JWKS_URL: 'https://id.test/jwks' },
        'expected exactly one of them',
      ],
      ['no issuer', { ...token, TOKEN_SECRET: SECRET, TOKEN_ISSUER: '' }, 'TOKEN_ISSUER: expected the iss'],
      [
        'no audience',
        { ...token, TOKEN_SECRET: SECRET, TOKEN_AUDIENCE: '' },
        'TOKEN_AUDIENCE: expected an aud',
      ],
      [
        'a short secret',
        { ...token, TOKEN_SECRET: SECRET.slice(0, 31) },
        'TOKEN_SECRET: expected a secret of',
      ],
      [
        'a key for nothing',
        { TOKEN_SECRET: SECRET },
        'TOKEN_SECRET: expected only where AUTH_METHODS has token',
      ],
      [
        'a URL without TLS',
        { ...token, TOKEN_JWKS_URL: 'http://id.test/jwks' },
        'TOKEN_JWKS_URL: expected https://',
      ],
      [
        'a URL with a password',
        { ...token, TOKEN_JWKS_URL: 'https://a:b@id.test/' },
        'TOKEN_JWKS_URL: expected',
      ],
      ['a file', { ...token, TOKEN_JWKS_URL: 'file:///jwks.json' }, 'TOKEN_JWKS_URL: expected https://'],
      ['no key at all', { ...token, TOKEN_PUBLIC_KEY: 'a key' }, 'TOKEN_PUBLIC_KEY: expected a public key'],
      [
        'a weak key',
        { ...token, TOKEN_PUBLIC_KEY: pemOf(rsa(1_024).publicKey) },
        'RSA of at least 2048 bits',
      ],
      [
        'a leeway of an hour',
        { TOKEN_LEEWAY_SECONDS: '3600' },
        'TOKEN_LEEWAY_SECONDS: expected a whole number',
      ],
    ])('refuse %s, and say nothing of it', (_, env, said) => {
      expect(() => read(env)).toThrow(said);
      const secrets = [env['TOKEN_SECRET'], env['TOKEN_PUBLIC_KEY']].filter((one) => one !== undefined);
      for (const secret of secrets) expect(() => read(env)).not.toThrow(secret);
    });

    it('refuse a private key', () => {
      const { privateKey } = rsa(2_048);
      const pem = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
      const jwk = JSON.stringify(privateKey.export({ format: 'jwk' }));
      for (const TOKEN_PUBLIC_KEY of [pem, jwk])
        expect(() => read({ ...token, TOKEN_PUBLIC_KEY })).toThrow('TOKEN_PUBLIC_KEY: expected a public key');
    });

    it('need keys that gateways can seal to', () => {
      const SEALING_KEY = randomBytes(32).toString('base64');
      const env = { ...token, TOKEN_SECRET: SECRET, SEALING_KEY };
      expect(() => readAuthSettings(env)).toThrow('AUTH_PRIVATE_KEYS: expected the keys');
    });

    it('pin the algorithms by the kind of the key', () => {
      const algorithmsOf = (TOKEN_PUBLIC_KEY: string) =>
        read({ ...token, TOKEN_PUBLIC_KEY }).TOKEN_PUBLIC_KEY?.algorithms;
      const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
      expect(algorithmsOf(pemOf(publicKey))).toEqual(['ES384']);
      expect(algorithmsOf(JSON.stringify(publicKey.export({ format: 'jwk' })))).toEqual(['ES384']);
      expect(algorithmsOf(pemOf(rsa(2_048).publicKey).replaceAll('\n', '\\n'))).not.toContain('HS256');
      expect(read({ ...token, TOKEN_SECRET: SECRET }).TOKEN_SECRET?.algorithms).toEqual(['HS256']);
    });

    it.each(['http://localhost:8080/jwks', 'http://keycloak:8080/certs', 'http://id.team.svc/certs'])(
      'take the keys of %s, which is on a private network',
      (TOKEN_JWKS_URL) => {
        expect(read({ ...token, TOKEN_JWKS_URL }).TOKEN_JWKS_URL).toBe(TOKEN_JWKS_URL);
      },
    );
  });
});
