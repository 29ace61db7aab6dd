import { createHmac } from 'node:crypto';

/** Makes a token of a subject that the server takes, but for what `claims` replace. */
export type TokenMaker = (sub: string, claims?: object) => string;

/** What a server takes tokens by, as its settings say. */
export interface TokenSettings {
  readonly secret: string;
  readonly issuer: string;
  readonly audience: string;
}

const LIFE_SECONDS = 300;

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Makes tokens that a secret signs (HS256). */
export function tokenMaker({ secret, issuer, audience }: TokenSettings): TokenMaker {
  return (sub, claims = {}) => {
    const iat = Math.floor(Date.now() / 1_000);
    const times = { iat, exp: iat + LIFE_SECONDS };
    const body = { iss: issuer, aud: audience, sub, ...times, ...claims };
    const signed = `${base64url({ alg: 'HS256', typ: 'JWT' })}.${base64url(body)}`;
    return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
  };
}

/** Makes tokens as the variables of auth say, where TOKEN_SECRET is set. @throws Error when others are missing. */
export function tokensOf(env: NodeJS.ProcessEnv): TokenMaker | undefined {
  const { TOKEN_SECRET: secret, TOKEN_ISSUER: issuer, TOKEN_AUDIENCE: audience } = env;
  if (!secret) return undefined;
  if (!issuer || !audience) throw new Error('TOKEN_ISSUER and TOKEN_AUDIENCE: expected with TOKEN_SECRET');
  return tokenMaker({ secret, issuer, audience });
}
