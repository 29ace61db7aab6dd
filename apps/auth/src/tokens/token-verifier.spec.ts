import { describe, expect, it } from '@jest/globals';
import { newPrivateKey } from '@parley/contracts';
import { type IssuerKey, keyPair, secondsFromNow, secretKey, signToken, TestIssuer } from '@parley/testing';
import { readAuthSettings } from '../config.js';
import { TokenVerifier } from './token-verifier.js';

const auth = { AUTH_PRIVATE_KEYS: newPrivateKey('a'), AUTH_METHODS: 'token' };
const rsa = keyPair('rsa', 'RS256');
const LEEWAY_SECONDS = 5;

/** A verifier as auth's settings make it, of the tokens of `issuer`. */
function verifierOf(issuer: TestIssuer, key = issuer.key): TokenVerifier {
  const setting =
    key.pem === undefined ? { TOKEN_SECRET: String(key.secret) } : { TOKEN_PUBLIC_KEY: key.pem };
  const settings = readAuthSettings({
    ...{ ...auth, ...setting, TOKEN_ISSUER: issuer.issuer, TOKEN_AUDIENCE: `other, ${issuer.audience}` },
  });
  return new TokenVerifier((settings.TOKEN_SECRET ?? settings.TOKEN_PUBLIC_KEY)!, {
    issuer: issuer.issuer,
    audience: settings.TOKEN_AUDIENCE!,
    leewayMs: settings.TOKEN_LEEWAY_SECONDS * 1_000,
    nameClaims: settings.TOKEN_NAME_CLAIMS,
    displayNameClaims: settings.TOKEN_DISPLAY_NAME_CLAIMS,
    pictureClaims: settings.TOKEN_PICTURE_CLAIMS,
  });
}

const wrong = (why: string) => ({ name: 'WRONG_TOKEN', message: `The token is not valid: ${why}.` });

describe('TokenVerifier', () => {
  it.each<[string, IssuerKey]>([
    ['a secret', secretKey()],
    ['an RSA key', rsa],
    ['a key on P-256', keyPair('ec', 'ES256')],
    ['an Ed25519 key', keyPair('ed', 'EdDSA')],
  ])('takes the tokens that %s has signed', async (_, key) => {
    const issuer = new TestIssuer(key);
    const [iat, exp] = [secondsFromNow(-10), secondsFromNow(100)];
    const picture = 'https://id.example.test/ada.png';
    const token = issuer.token('ada-1', { iat, exp, nickname: 'Ada', name: 'Ada Lovelace', picture });
    expect(await verifierOf(issuer).verify(token)).toEqual({
      ...{ issuer: issuer.issuer, subject: 'ada-1', names: ['Ada', 'Ada Lovelace'] },
      shown: { Name: 'Ada Lovelace', Picture: picture },
      ...{ issuedAt: iat * 1_000, expiresAt: (exp + LEEWAY_SECONDS) * 1_000 },
    });
  });

  const issuer = new TestIssuer(rsa);
  const claims = {
    ...{ iss: issuer.issuer, aud: issuer.audience, sub: 'ada-1', exp: secondsFromNow(300) },
  };
  const none = `${signToken(claims, rsa, { alg: 'none' }).split('.').slice(0, 2).join('.')}.`;
  /** Signed with the text of the public key as if it were a secret. */
  const confused = signToken(claims, secretKey(rsa.pem));

  it.each<[string, string, string]>([
    ['has expired', issuer.token('a', { exp: secondsFromNow(-LEEWAY_SECONDS - 1) }), 'it has expired'],
    ['is not valid yet', issuer.token('a', { nbf: secondsFromNow(60) }), 'it is not valid yet'],
    ['has another issuer', issuer.token('a', { iss: 'https://id.example.test' }), 'it has another issuer'],
    ['has no issuer', issuer.token('a', { iss: undefined }), 'expected another iss'],
    ['is for others', issuer.token('a', { aud: ['account'] }), 'it is for another audience'],
    ['never expires', issuer.token('a', { exp: undefined }), 'expected another exp'],
    ['has no subject', issuer.token('a', { sub: undefined }), 'expected another sub'],
    ['has an empty subject', issuer.token(''), 'sub: expected 1 to 255 characters'],
    ['has half a character as its subject', issuer.token('\ud800'), 'sub: expected 1 to 255 characters'],
    ['another key has signed', issuer.token('a', {}, keyPair('rsa', 'RS256')), 'its signature is wrong'],
    ['says that nobody has signed it', none, 'it is signed with another algorithm'],
    ['takes the public key for a secret', confused, 'it is signed with another algorithm'],
    ['is of another kind of key', issuer.token('a', {}, keyPair('e')), 'it is signed with another algorithm'],
    ['is no token', 'a.b.c', 'it cannot be read'],
  ])('refuses one that %s', async (_, token, why) => {
    await expect(verifierOf(issuer).verify(token)).rejects.toMatchObject(wrong(why));
  });

  it('takes one for as long after its end, and before its begin, as the clocks may differ', async () => {
    const verifier = verifierOf(issuer);
    await verifier.verify(issuer.token('a', { exp: secondsFromNow(-LEEWAY_SECONDS + 2) }));
    await verifier.verify(issuer.token('a', { nbf: secondsFromNow(LEEWAY_SECONDS - 1) }));
  });

  it('says nothing of a token when it refuses it', async () => {
    const token = issuer.token('a-secret-subject', { exp: 1, email: 'ada@example.test' });
    const error = await verifierOf(issuer)
      .verify(token)
      .catch((thrown: Error) => thrown);
    expect((error as Error).cause).toBeUndefined();
    expect(JSON.stringify({ ...error, text: String(error) })).not.toMatch(/secret-subject|ada@/);
  });

  it('finds names in objects, and in claims that are named by a URL', async () => {
    const token = issuer.token('a', {
      'https://app.test/name': 'By URL',
      user_metadata: { user_name: 'Within', full_name: 7 },
    });
    const rules = { issuer: issuer.issuer, audience: [issuer.audience], leewayMs: 0 };
    const names = [
      'user_metadata.full_name',
      'none.at.all',
      'https://app.test/name',
      'user_metadata.user_name',
    ];
    const settings = readAuthSettings({
      ...{ ...auth, TOKEN_PUBLIC_KEY: rsa.pem, TOKEN_ISSUER: 'x', TOKEN_AUDIENCE: 'x' },
    });
    const claims = { nameClaims: names, displayNameClaims: names.slice(-1), pictureClaims: [] };
    const verifier = new TokenVerifier(settings.TOKEN_PUBLIC_KEY!, { ...rules, ...claims });
    expect(await verifier.verify(token)).toMatchObject({
      ...{ names: ['By URL', 'Within'], shown: { Name: 'Within' } },
    });
  });
});
