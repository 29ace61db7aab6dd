import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { integerSetting } from '@parley/service-kit';
import { z } from 'zod';
import type { SignInMethod } from '../sign-in-methods.js';

/** A key, and the algorithms that it may have signed with. A token's own header never decides which are taken. */
export interface SigningKey {
  readonly key: KeyObject | Uint8Array;
  readonly algorithms: readonly string[];
}

/** RFC 7518, section 3.2: a secret is at least as long as the hash. A shorter one can be guessed from one token. */
const SECRET_BYTES = { HS256: 32, HS384: 48, HS512: 64 };
const RSA = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];
const RSA_BITS = 2_048;
const ED25519 = ['EdDSA', 'Ed25519'];
/** By the name of the curve in Node.js. */
const CURVES: Readonly<Record<string, string>> = {
  prime256v1: 'ES256',
  secp384r1: 'ES384',
  secp521r1: 'ES512',
};

/** The algorithms of all public keys: those of a JWKS may be of any kind. */
export const PUBLIC_KEY_ALGORITHMS: readonly string[] = [...RSA, ...Object.values(CURVES), ...ED25519];

const SECRET_EXPECTED = `expected a secret of at least ${SECRET_BYTES.HS256} bytes`;
const KEY_EXPECTED =
  'expected a public key as PEM or JWK: RSA of at least 2048 bits, P-256, P-384, P-521 or Ed25519';
const URL_EXPECTED =
  'expected https://…, or http://… within a private network (localhost, a name without dots, .svc, .local, .internal)';
const METHODS_EXPECTED = 'expected password, token or both, separated by a comma';

const isMethod = (text: string): text is SignInMethod => text === 'password' || text === 'token';

const list = (text: string): string[] => text.split(',').map((one) => one.trim());

/** The settings about tokens of the team's own identity provider. */
export const tokenSettings = {
  AUTH_METHODS: z
    .string()
    .prefault('password')
    .transform(list)
    .refine((methods): methods is SignInMethod[] => methods.every(isMethod), METHODS_EXPECTED)
    .describe(
      "How users sign in: `password`, `token` (a JWT of the team's own identity provider), or `password,token`",
    ),
  TOKEN_SECRET: z
    .string()
    .transform((text) => Buffer.from(text))
    .refine((secret) => secret.length >= SECRET_BYTES.HS256, SECRET_EXPECTED)
    .transform(secretKey)
    .optional()
    .describe(
      'Secret that tokens are signed with: HS256, from 48 bytes on also HS384, from 64 on also HS512',
    ),
  TOKEN_PUBLIC_KEY: z
    .string()
    .transform((text, context) => {
      const key = publicKey(text);
      if (key !== undefined) return key;
      context.addIssue(KEY_EXPECTED);
      return z.NEVER;
    })
    .optional()
    .describe(
      'Public key of the one that tokens are signed with, as PEM (`\\n` may stand for a new line) or JWK',
    ),
  TOKEN_JWKS_URL: z
    .url({ protocol: /^https?$/, error: URL_EXPECTED })
    .refine(isFetchable, URL_EXPECTED)
    .optional()
    .describe('Where the identity provider publishes its public keys (JWKS)'),
  TOKEN_ISSUER: z.string().optional().describe('`iss` of the tokens, to the letter'),
  TOKEN_AUDIENCE: z
    .string()
    .transform(list)
    .optional()
    .describe('`aud` of the tokens: one of these, separated by commas'),
  TOKEN_LEEWAY_SECONDS: integerSetting(0, 300, 5).describe(
    "How far the identity provider's clock may be off, in seconds; a token is taken for so long after its `exp`",
  ),
  TOKEN_NAME_CLAIMS: z
    .string()
    .default('preferred_username,nickname,name')
    .transform(list)
    .describe(
      'Claims that may hold the username: the first one that does; a dot goes into an object, as in `user_metadata.user_name`',
    ),
  TOKEN_DISPLAY_NAME_CLAIMS: z
    .string()
    .default('name')
    .transform(list)
    .describe(
      'Claims that may hold what is shown as `Name` besides the username, as above; empty: none is shown',
    ),
  TOKEN_PICTURE_CLAIMS: z
    .string()
    .default('picture')
    .transform(list)
    .describe(
      'Claims that may hold the `https:` address of a picture, which is shown as `Picture`, as above; empty: none is shown',
    ),
};

const KEYS = ['TOKEN_SECRET', 'TOKEN_PUBLIC_KEY', 'TOKEN_JWKS_URL'] as const;

/** The checked form of {@link tokenSettings}. */
export type TokenSettings = z.output<z.ZodObject<typeof tokenSettings>>;

/** What is wrong with the settings when they are taken together. */
export function tokenFaults(settings: TokenSettings): string[] {
  const keys = KEYS.filter((name) => settings[name] !== undefined);
  if (!settings.AUTH_METHODS.includes('token'))
    return keys.map((name) => `${name}: expected only where AUTH_METHODS has token`);
  const faults: string[] = [];
  if (keys.length !== 1) faults.push(`${KEYS.join(', ')}: expected exactly one of them`);
  if (settings.TOKEN_ISSUER === undefined) faults.push('TOKEN_ISSUER: expected the iss of the tokens');
  if (settings.TOKEN_AUDIENCE === undefined) faults.push('TOKEN_AUDIENCE: expected an aud of the tokens');
  return faults;
}

function secretKey(key: Buffer): SigningKey {
  const fitting = Object.entries(SECRET_BYTES).filter(([, bytes]) => key.length >= bytes);
  return { key, algorithms: fitting.map(([algorithm]) => algorithm) };
}

/** @returns undefined if the text is no public key, or a weak one. */
function publicKey(text: string): SigningKey | undefined {
  const key = readKey(text.trim().replaceAll('\\n', '\n'));
  const details = key?.asymmetricKeyDetails;
  if (key === undefined || details === undefined) return undefined;
  if (key.asymmetricKeyType === 'rsa')
    return (details.modulusLength ?? 0) >= RSA_BITS ? { key, algorithms: RSA } : undefined;
  if (key.asymmetricKeyType === 'ed25519') return { key, algorithms: ED25519 };
  const algorithm = CURVES[details.namedCurve ?? ''];
  return algorithm === undefined ? undefined : { key, algorithms: [algorithm] };
}

function readKey(text: string): KeyObject | undefined {
  // A private key would do as well, and has no place here.
  if (text.includes('PRIVATE KEY')) return undefined;
  try {
    if (!text.startsWith('{')) return createPublicKey(text);
    const jwk = JSON.parse(text) as JsonWebKey;
    return jwk.d === undefined ? createPublicKey({ key: jwk, format: 'jwk' }) : undefined;
  } catch {
    return undefined;
  }
}

/** Anyone who can change the keys on their way can sign in as anybody. */
function isFetchable(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username } = new URL(text);
  return username === '' && (protocol === 'https:' || isPrivate(hostname));
}

const isPrivate = (hostname: string): boolean =>
  !/[.:]/.test(hostname) ||
  ['127.0.0.1', '[::1]'].includes(hostname) ||
  /\.(svc|local|internal)$/.test(hostname);
