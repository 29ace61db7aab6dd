import { createHmac, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A key that a {@link TestIssuer} signs with. */
export interface IssuerKey {
  readonly kid?: string;
  readonly algorithm: 'HS256' | 'RS256' | 'ES256' | 'EdDSA';
  readonly secret: KeyObject | string;
  /** Of a public key pair: what is published. */
  readonly jwk?: object;
  readonly pem?: string;
}

const HASHES = { RS256: 'sha256', ES256: 'sha256', EdDSA: undefined };

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A secret that tokens are signed with. */
export const secretKey = (secret = randomBytes(24).toString('hex')): IssuerKey => ({
  algorithm: 'HS256',
  secret,
});

/** A key pair that tokens are signed with. */
export function keyPair(kid: string, algorithm: 'RS256' | 'ES256' | 'EdDSA' = 'ES256'): IssuerKey {
  const { publicKey, privateKey } = pairOf(algorithm);
  return {
    ...{ kid, algorithm, secret: privateKey },
    jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' },
    pem: String(publicKey.export({ type: 'spki', format: 'pem' })),
  };
}

function pairOf(algorithm: 'RS256' | 'ES256' | 'EdDSA') {
  if (algorithm === 'RS256') return generateKeyPairSync('rsa', { modulusLength: 2_048 });
  return algorithm === 'ES256'
    ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
    : generateKeyPairSync('ed25519');
}

/** Signs claims, whatever they are. `header` replaces fields of the header. */
export function signToken(claims: object, key: IssuerKey, header: object = {}): string {
  const { algorithm: alg, kid, secret } = key;
  const signed = `${base64url({ alg, typ: 'JWT', ...(kid && { kid }), ...header })}.${base64url(claims)}`;
  const signature =
    alg === 'HS256'
      ? createHmac('sha256', secret as string)
          .update(signed)
          .digest()
      : sign(HASHES[alg], Buffer.from(signed), { key: secret as KeyObject, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

/** Seconds since 1970, as tokens count. */
export const secondsFromNow = (seconds: number): number => Math.floor(Date.now() / 1_000) + seconds;

/** An identity provider of a test: signs tokens, and publishes keys at a URL. */
export class TestIssuer {
  readonly issuer = 'https://id.example.test/';
  readonly audience = 'parley';
  /** What is published; a test may change it. */
  published: readonly IssuerKey[];
  /** How often the keys were fetched. */
  fetches = 0;
  /** Answers in place of the keys, while a test says so. */
  fault: ((response: ServerResponse) => void) | undefined;
  private server: Server | undefined;

  constructor(readonly key: IssuerKey = keyPair('first')) {
    this.published = [key];
  }

  /** A token of this user that is good for five minutes, but for what `claims` replace. */
  token(sub: string, claims: object = {}, key = this.key): string {
    const { issuer: iss, audience: aud } = this;
    return signToken({ iss, aud, sub, iat: secondsFromNow(0), exp: secondsFromNow(300), ...claims }, key);
  }

  /** Publishes the keys. @returns where. */
  async publish(): Promise<string> {
    this.server = createServer((_, response) => this.answer(response));
    await new Promise<void>((resolve) => this.server!.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/jwks.json`;
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise<void>((resolve) => (this.server ? this.server.close(() => resolve()) : resolve()));
  }

  private answer(response: ServerResponse): void {
    this.fetches += 1;
    if (this.fault !== undefined) {
      this.fault(response);
      return;
    }
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ keys: this.published.map(({ jwk }) => jwk) }));
  }
}
