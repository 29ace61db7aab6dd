import type { KeyScope } from '@parley/protocol';
import type { ApiKeyRef } from './api-key.js';
import type { Contract, PartedContract } from './contract.js';
import type { SealedBox } from './sealed-box.js';
import type { SignInReply, TokenLife, Unopened } from './sessions.js';
import type { ExternalUser } from './tokens.js';
import type { Identity } from './users.js';

/** As whom an operator's key does something: a user, by UUID or as an identity provider names the user. */
export type ActAs = { readonly userUUID: string } | ExternalUser;

/** One use of a key. */
export interface KeyUse extends ApiKeyRef {
  /** The operation of the REST API. */
  readonly operation: string;
  /** What it is about, for the audit. */
  readonly object: string;
  /** What the key must be allowed to do; undefined for an operation of users. */
  readonly scope?: KeyScope | undefined;
  readonly actAs?: ActAs | undefined;
}

/** What a key opens. */
export interface OpenedKey {
  readonly id: string;
  readonly name: string;
  /** Of an operator's key; a bot's has none. */
  readonly scopes: readonly KeyScope[];
  /** As whom the operation is done: the bot, or the user that `actAs` names. */
  readonly user?: Identity | undefined;
  /** Where the use is noted in the audit, of an operator's key. */
  readonly noted?: NotedUse | undefined;
}

/** A use of a key in the audit, whose outcome is not known yet. */
export interface NotedUse {
  readonly kind: AuditKind;
  readonly entry: string;
}

/** `operations` of keys and operators themselves; `acts` as users. Each has its own bound, so that many acts push out no operation. */
export type AuditKind = 'operations' | 'acts';

/** The outcome of a use. */
export interface UseOutcome extends NotedUse {
  /** `OK`, or the name of an error. */
  readonly outcome: string;
  /** What it was about, where that is known only now. */
  readonly object?: string | undefined;
}

/** A use of a key, as the audit tells it. */
export interface AuditEntry {
  /** Milliseconds of Redis's clock. */
  readonly at: number;
  readonly keyId: string;
  readonly keyName: string;
  readonly operation: string;
  readonly object: string;
  /** The UUID of a user. */
  readonly actAs?: string | undefined;
  /** `OK`, the name of an error, or `unknown`. */
  readonly outcome: string;
}

/** A page of the audit, the newest first. */
export interface AuditRequest {
  readonly kind: AuditKind;
  readonly cursor?: string | undefined;
  readonly limit: number;
}
export interface AuditPage {
  readonly entries: readonly AuditEntry[];
  readonly cursor?: string | undefined;
}

/** A key without its secret. Times are in milliseconds of Redis's clock. */
export interface KeySummary {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly KeyScope[];
  /** Of a bot's key. */
  readonly userUUID?: string | undefined;
  readonly createdAt: number;
  readonly createdBy: string;
  /** Off by an hour at most. */
  readonly lastUsedAt?: number | undefined;
  readonly expiresAt?: number | undefined;
}

/** A key to store. Whoever shows it has made it, and tells auth no more than this. */
export interface NewKeyRequest extends ApiKeyRef {
  readonly name: string;
  /** How long it opens anything, in milliseconds from now on; undefined: until it is revoked. */
  readonly lifeMs?: number | undefined;
}

/** A key with scopes, or a further one of a bot. */
export type CreateKeyRequest = NewKeyRequest &
  ({ readonly scopes: readonly KeyScope[] } | { readonly userUUID: string } | { readonly botName: string });

export interface CreateBotRequest extends NewKeyRequest {
  readonly username: string;
}

export interface BotReply {
  readonly user: Identity;
  readonly key: KeySummary;
}

/** Whether there was such a key, and how many sessions that a bot began with it have ended. */
export interface RevokedKey {
  readonly revoked: boolean;
  readonly ended: number;
}

/** What an operator has told everybody. */
export interface Announcement {
  readonly text: string;
  /** RFC 3339 in UTC. */
  readonly at: string;
}

/** To every replica of the gateway: tell every connection that is signed in. */
export const ANNOUNCED = 'auth.announced';

/** The requests about keys that auth answers to operators alone. One of the release before does not know them. */
export type AuthKeyOperatorContract = {
  /** Stores a key. Idempotent. Errors: LIMIT_REACHED, USER_NOT_FOUND, INVALID_FIELD. */
  'auth.createKey': Contract<CreateKeyRequest, KeySummary>;
  /** Makes a bot and its key. Idempotent. Errors: USERNAME_TAKEN, INVALID_FIELD, LIMIT_REACHED. */
  'auth.createBot': Contract<CreateBotRequest, BotReply>;
  /** All keys, the newest first. */
  'auth.listKeys': Contract<Record<string, never>, { readonly keys: readonly KeySummary[] }>;
  /** Revokes a key. Idempotent. */
  'auth.revokeKey': Contract<{ readonly id: string }, RevokedKey>;
  'auth.audit': Contract<AuditRequest, AuditPage>;
  'auth.announce': Contract<{ readonly text: string }, Announcement>;
};

/** What a key asks of auth. Auth looks itself whether the key may: a gateway's word is not enough. */
export interface ByKeyRequest {
  readonly key: ApiKeyRef;
  /** One of `KeyOperations`, which has the request and the reply of each. */
  readonly operation: string;
  readonly request: unknown;
}

/** A sign-in with the key of a bot. */
export interface KeySignInRequest {
  /** The client's address, for throttling. */
  readonly address: string;
  /** Holds the key as `token`; about {@link aboutKeySignIn}. */
  readonly secrets: SealedBox;
}

/** A session that the key of a bot began; `token` if the key expires. */
export interface KeySignInReply extends SignInReply {
  readonly token?: TokenLife | undefined;
}

/** What the box of a sign-in with a key belongs to. Another request can use neither the box nor its answer. */
export const aboutKeySignIn = (address: string, idempotencyKey: string): string[] => [
  'auth.signInByKey',
  address,
  idempotencyKey,
];

/** The requests about keys that the auth service answers. One of the release before does not know them. */
export type AuthKeyContract = {
  /**
   * What these keys open, at most 1,000. A use of an operator's key is noted in the audit before it is answered. Errors of one:
   * WRONG_TOKEN for a key that is not valid, has expired or was revoked; FORBIDDEN; USER_NOT_FOUND; STORAGE_FULL where the use
   * cannot be noted.
   */
  'auth.openKeys': PartedContract<{ readonly uses: readonly KeyUse[] }, OpenedKey>;
  /** Notes the outcomes of uses, at most 1,000. Idempotent. */
  'auth.settleUses': PartedContract<{ readonly outcomes: readonly UseOutcome[] }, Record<string, never>>;
  /** Does what an operator's key asks for. Errors: WRONG_TOKEN, FORBIDDEN, and those of the operation. */
  'auth.byKey': Contract<ByKeyRequest, unknown>;
  /** Opens a session of a bot. Errors: WRONG_TOKEN, FORBIDDEN. */
  'auth.signInByKey': Contract<KeySignInRequest, KeySignInReply | Unopened>;
};
