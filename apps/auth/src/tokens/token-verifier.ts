import type { ShownProfile } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { errors, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify } from 'jose';
import { shownProfile } from './said-profile.js';
import { isSubject, SUBJECT_EXPECTED } from './subject.js';
import type { SigningKey } from './token-settings.js';

/** The most tokens that one replica checks at once. Checking one takes a tenth of a millisecond. */
export const CHECKED_AT_ONCE = 2_000;
/** A token that lives longer opens a session of a year: in milliseconds. */
const MOST_LIFE_MS = 365 * 86_400_000;

/** What a token says about a user. Times are in milliseconds. */
export interface VerifiedToken {
  readonly issuer: string;
  readonly subject: string;
  /** When it was issued, if it says so. */
  readonly issuedAt: number | undefined;
  /** When it expires, with the leeway. */
  readonly expiresAt: number;
  /** What the user is called, as the claims of the settings say; the first counts. */
  readonly names: readonly string[];
  /** What is shown of the user besides. */
  readonly shown: ShownProfile;
}

/** What tokens are checked against. */
export interface TokenRules {
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly leewayMs: number;
  /** Names of claims, in their order. */
  readonly nameClaims: readonly string[];
  readonly displayNameClaims: readonly string[];
  readonly pictureClaims: readonly string[];
}

/** The key of tokens, or what finds the key of a token by its header; and what it may have signed with. */
export type TokenKey =
  | SigningKey
  | { readonly find: JWTVerifyGetKey; readonly algorithms: readonly string[] };

/** Checks tokens. Nothing of a token is kept, and no error holds any of it. */
export class TokenVerifier {
  private checking = 0;
  private readonly options: JWTVerifyOptions;

  constructor(
    private readonly key: TokenKey,
    private readonly rules: TokenRules,
  ) {
    this.options = {
      algorithms: [...key.algorithms],
      issuer: rules.issuer,
      audience: [...rules.audience],
      clockTolerance: rules.leewayMs / 1_000,
      requiredClaims: ['sub', 'exp'],
    };
  }

  /** @throws AppError WRONG_TOKEN; OVERLOADED; UNAVAILABLE while there are no keys. */
  async verify(token: string): Promise<VerifiedToken> {
    if (this.checking >= CHECKED_AT_ONCE) throw new AppError('OVERLOADED');
    this.checking += 1;
    try {
      return this.read(await this.payloadOf(token));
    } finally {
      this.checking -= 1;
    }
  }

  private async payloadOf(token: string): Promise<JWTPayload> {
    const { key } = this;
    try {
      const verified =
        'find' in key
          ? await jwtVerify(token, key.find, this.options)
          : await jwtVerify(token, key.key, this.options);
      return verified.payload;
    } catch (error) {
      if (error instanceof AppError) throw error;
      // Without the cause: errors of jose hold what the token says, and causes are logged.
      throw wrongToken(reasonOf(error));
    }
  }

  private read(payload: JWTPayload): VerifiedToken {
    const { sub, exp = 0, iat } = payload;
    if (!isSubject(sub)) throw wrongToken(`sub: ${SUBJECT_EXPECTED}`);
    const { issuer, leewayMs, nameClaims, displayNameClaims, pictureClaims } = this.rules;
    return {
      issuer,
      subject: sub,
      issuedAt: typeof iat === 'number' ? iat * 1_000 : undefined,
      expiresAt: Math.floor(Math.min(exp * 1_000 + leewayMs, Date.now() + MOST_LIFE_MS)),
      names: nameClaims.flatMap((claim) => claimIn(payload, claim) || []),
      shown: shownProfile(firstIn(payload, displayNameClaims), firstIn(payload, pictureClaims)),
    };
  }
}

/** A refusal that says why, and nothing of what the token says. */
export const wrongToken = (why: string): AppError =>
  new AppError('WRONG_TOKEN', { message: `The token is not valid: ${why}.` });

const CLAIMS: Readonly<Record<string, string>> = {
  nbf: 'it is not valid yet',
  iss: 'it has another issuer',
  aud: 'it is for another audience',
};

function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'it has expired';
  if (error instanceof errors.JWTClaimValidationFailed)
    return (error.reason !== 'missing' && CLAIMS[error.claim]) || `expected another ${error.claim}`;
  if (error instanceof errors.JOSEAlgNotAllowed) return 'it is signed with another algorithm';
  if (error instanceof errors.JWKSNoMatchingKey) return 'its key is unknown';
  if (error instanceof errors.JWKSMultipleMatchingKeys) return 'it does not say which key signed it';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'its signature is wrong';
  return 'it cannot be read';
}

/** The text in a claim: of this name, or, with dots, within objects. */
function claimIn(payload: JWTPayload, claim: string): string | undefined {
  const value = Object.hasOwn(payload, claim) ? payload[claim] : claim.split('.').reduce(fieldOf, payload);
  return typeof value === 'string' ? value : undefined;
}

/** The text in the first of these claims that there is; it may be empty. */
const firstIn = (payload: JWTPayload, claims: readonly string[]): string | undefined =>
  claims.map((claim) => claimIn(payload, claim)).find((text) => text !== undefined);

const fieldOf = (value: unknown, field: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, field)
    ? (value as Record<string, unknown>)[field]
    : undefined;
