import type { ExternalUser } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import type { External } from './external-store.js';

/** What auth knows of the identity provider whose tokens it takes. */
export interface IssuerRules {
  /** `iss` of the tokens; undefined where auth takes none. */
  readonly issuer: string | undefined;
  /** How far the identity provider's clock may be off, in milliseconds. */
  readonly leewayMs: number;
}

/** Bots are users of an identity provider of our own, which issues no tokens. */
export const BOT_ISSUER = 'urn:parley:bots';

/** Injection token of the {@link IssuerRules}. */
export const ISSUER_RULES = Symbol('issuer rules');

/** Whom an operator names. @throws AppError FORBIDDEN where auth takes no tokens, and the operator names no issuer. */
export function externalOf({ issuer, subject }: ExternalUser, rules: IssuerRules): External {
  const named = issuer ?? rules.issuer;
  if (named === undefined) throw new AppError('FORBIDDEN', { message: 'Nobody signs in with a token here.' });
  return { issuer: named, subject };
}
