import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type IssuerKey,
  keyPair,
  secondsFromNow,
  secretKey,
  signToken,
  TestIssuer,
  testRedis,
} from '@parley/testing';
import { RunningAuth } from '../fixtures/running-auth.js';

const PAGE = readFileSync(new URL('../../../../docs/identity.md', import.meta.url), 'utf8');

/** What the page says about a provider: the settings, the claims of a token, and the username that comes of it. */
function shownOf(provider: string) {
  const section = PAGE.split(/^## /m).find((text) => text.startsWith(`${provider}\n`))!;
  const [, settings = ''] = /```sh\n(.*?)```/s.exec(section)!;
  const [, claims = ''] = /```json\n(.*?)```/s.exec(section)!;
  const [, username] = /The username is `(.+?)`/.exec(section)!;
  const env = Object.fromEntries(
    settings
      .trim()
      .split('\n')
      .map((line) => line.split(/=(.*)/s).slice(0, 2)),
  );
  return { env: env as Record<string, string>, claims: JSON.parse(claims) as object, username };
}

/** The key for encryption that Keycloak publishes beside the one for signatures. */
const encryption = { ...keyPair('enc', 'RS256') };
const forEncryption: IssuerKey = { ...encryption, jwk: { ...encryption.jwk, use: 'enc', alg: 'RSA-OAEP' } };

describe('tokens as docs/identity.md shows them', () => {
  let running: RunningAuth;
  beforeEach(async () => {
    running = new RunningAuth(testRedis());
    await running.users();
  });
  afterEach(() => running.stop());

  const signIn = async (env: NodeJS.ProcessEnv, claims: object, key: IssuerKey) => {
    await running.replica(env);
    const times = { iat: secondsFromNow(0), exp: secondsFromNow(300) };
    return running.signInByToken(running.client(), signToken({ ...claims, ...times }, key));
  };

  it.each<[string, IssuerKey]>([
    ['Auth0', keyPair('auth0', 'RS256')],
    ['Keycloak', keyPair('keycloak', 'RS256')],
    ['Supabase', keyPair('supabase', 'ES256')],
  ])('of %s sign in by its published keys', async (provider, key) => {
    const { env, claims, username } = shownOf(provider);
    const issuer = new TestIssuer(key);
    issuer.published = [forEncryption, key];
    try {
      const TOKEN_JWKS_URL = await issuer.publish();
      expect(env['TOKEN_JWKS_URL']).toMatch(/^https:/);
      const { user, created } = await signIn({ ...env, TOKEN_JWKS_URL }, claims, key);
      expect([user.Username, created]).toEqual([username, true]);
    } finally {
      await issuer.stop();
    }
  });

  it('of Supabase sign in by the secret of the project', async () => {
    const { env, claims, username } = shownOf('Supabase');
    const key = secretKey();
    const { user } = await signIn(
      { ...env, TOKEN_JWKS_URL: undefined, TOKEN_SECRET: String(key.secret) },
      claims,
      key,
    );
    expect(user.Username).toBe(username);
  });
});
