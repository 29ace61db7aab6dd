import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { keyPair, TestIssuer } from '@parley/testing';
import { KEY_SET_BYTES, PublishedKeys, REFETCH_AFTER_MS } from './published-keys.js';
import { PUBLIC_KEY_ALGORITHMS } from './token-settings.js';
import { TokenVerifier } from './token-verifier.js';

const OLD_MS = 3_600_000;

describe('PublishedKeys', () => {
  let issuer: TestIssuer;
  let verifier: TokenVerifier;
  let now: number;
  let warnings: string[];

  beforeEach(async () => {
    issuer = new TestIssuer();
    [now, warnings] = [0, []];
    const url = await issuer.publish();
    const logger = { warn: (_: unknown, text: string) => void warnings.push(text) };
    const keys = new PublishedKeys({ url, now: () => now, logger: logger as never });
    const claims = { nameClaims: [], displayNameClaims: [], pictureClaims: [] };
    const rules = { issuer: issuer.issuer, audience: [issuer.audience], leewayMs: 0, ...claims };
    verifier = new TokenVerifier({ find: keys.find, algorithms: PUBLIC_KEY_ALGORITHMS }, rules);
  });
  afterEach(() => issuer.stop());

  const check = (key = issuer.key) => verifier.verify(issuer.token('ada', {}, key));
  const outcomes = async (checks: Promise<unknown>[]) => {
    const all = await Promise.allSettled(checks);
    return all.map((one) => (one.status === 'fulfilled' ? 'ok' : one.reason.name));
  };

  it('are fetched once, by however many tokens', async () => {
    expect(await outcomes(Array.from({ length: 100 }, () => check()))).toEqual(Array(100).fill('ok'));
    await check();
    expect(issuer.fetches).toBe(1);
  });

  it('are fetched once for a hundred tokens of an unknown key, and not again for a while', async () => {
    await check();
    now += REFETCH_AFTER_MS;
    const stranger = keyPair('unknown');
    const refused = Array(100).fill('WRONG_TOKEN');
    expect(await outcomes(Array.from({ length: 100 }, () => check(stranger)))).toEqual(refused);
    expect(await outcomes(Array.from({ length: 100 }, () => check(stranger)))).toEqual(refused);
    expect(issuer.fetches).toBe(2);
    await check();
  });

  it('are those of a rotation as soon as a token of a new key comes', async () => {
    await check();
    now += REFETCH_AFTER_MS;
    const next = keyPair('next', 'RS256');
    issuer.published = [next, issuer.key];
    expect(await outcomes(Array.from({ length: 50 }, () => check(next)))).toEqual(Array(50).fill('ok'));
    await check();
    expect(issuer.fetches).toBe(2);
  });

  it('forget a key that is no longer published when they are old', async () => {
    await check();
    const [old, next] = [issuer.key, keyPair('next')];
    issuer.published = [next];
    now += OLD_MS;
    // Those that are here go on while the new ones are fetched.
    await check(old);
    await check(next);
    await expect(check(old)).rejects.toMatchObject({ name: 'WRONG_TOKEN' });
  });

  it.each<[string, TestIssuer['fault']]>([
    ['answers with an error', (response) => response.writeHead(500).end()],
    ['ends the connection', (response) => response.destroy()],
    ['sends no keys', (response) => response.end('{"keys":[]}')],
    ['sends no JSON', (response) => response.end('<html>')],
    ['sends a megabyte', (response) => response.end(' '.repeat(4 * KEY_SET_BYTES))],
    ['redirects', (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
  ])('go on when the provider %s', async (_, fault) => {
    await check();
    issuer.fault = fault;
    now += OLD_MS;
    await expect(check(keyPair('unknown'))).rejects.toMatchObject({ name: 'WRONG_TOKEN' });
    await check();
    expect([issuer.fetches, warnings.length]).toEqual([2, 1]);
  });

  it('make a sign-in try again later while there are none', async () => {
    issuer.fault = (response) => response.writeHead(503).end();
    await expect(check()).rejects.toMatchObject({ name: 'UNAVAILABLE', retryable: true });
    await expect(check()).rejects.toMatchObject({ name: 'UNAVAILABLE' });
    expect(issuer.fetches).toBe(1);
    issuer.fault = undefined;
    now += REFETCH_AFTER_MS;
    await check();
  });

  it('give up on a provider that hangs', async () => {
    issuer.fault = () => undefined;
    await expect(check()).rejects.toMatchObject({ name: 'UNAVAILABLE' });
  });

  it('take no secret for a key, whatever is published', async () => {
    const k = Buffer.from('a secret that everybody can read in the set').toString('base64url');
    const shared = { ...keyPair('shared'), jwk: { kty: 'oct', k, kid: 'shared', alg: 'HS256' } };
    issuer.published = [issuer.key, shared];
    const forged = {
      kid: 'shared',
      algorithm: 'HS256' as const,
      secret: Buffer.from(k, 'base64url').toString(),
    };
    await expect(check(forged)).rejects.toMatchObject({ name: 'WRONG_TOKEN' });
  });
});
