import { createHash } from 'node:crypto';

/** Who a user is to an identity provider: the two together, and nothing else. */
export interface External {
  /** `iss` of the tokens. */
  readonly issuer: string;
  /** `sub` of the tokens. */
  readonly subject: string;
}

/** What is stored of an {@link External}. Times are in milliseconds of Redis's clock. */
export interface StoredExternal {
  /** Without one, the tokens were revoked before the first sign-in. */
  readonly userUUID?: string | undefined;
  /** The username. Without one, the account is not finished. */
  readonly username?: string | undefined;
  /** The name that the identity provider last gave, for which the username was chosen. */
  readonly wanted?: string | undefined;
  /** What is shown of the user besides the username, as JSON. */
  readonly shown?: string | undefined;
  /** Tokens that were issued until then are refused. */
  readonly revokedAt?: number | undefined;
  /** When the account was deleted. It is never opened again. */
  readonly deletedAt?: number | undefined;
}

/** A username for a user, if it still has the one that was read. */
export interface NewName {
  /** The username that was read; undefined for a user without one. */
  readonly from: string | undefined;
  readonly to: string;
  /** As {@link StoredExternal.wanted}. */
  readonly wanted: string;
}

/** What is shown of a user from now on. */
export interface NewlyShown {
  readonly userUUID: string;
  /** As {@link StoredExternal.shown}. */
  readonly shown: string;
}

/** Injection token of the {@link ExternalStore}. */
export const EXTERNAL_STORE = Symbol('external store');

/** The users whom tokens sign in. An `id` is what {@link externalId} makes. */
export interface ExternalStore {
  find(id: string): Promise<StoredExternal | undefined>;
  /** Who it is to the identity provider; undefined for a deleted account. */
  names(id: string): Promise<External | undefined>;
  /** Makes it the user `userUUID`, unless it is another one by now. Returns which it is. Atomic. */
  claim(external: External, userUUID: string): Promise<string>;
  /** Gives the user a name, if its name has not changed since it was read. Returns the name that is stored now. Atomic. */
  rename(id: string, name: NewName): Promise<string>;
  /** Notes what is shown of the user, unless the account is gone. Atomic. */
  noteShown(id: string, shown: NewlyShown): Promise<void>;
  /** From now on every token that was issued until now is refused. Idempotent. */
  revoke(external: External): Promise<void>;
  /** Takes them again. Returns whether they were revoked. */
  unrevoke(external: External): Promise<boolean>;
  /** Leaves only that the account is deleted. Idempotent. */
  retire(id: string): Promise<void>;
  /** Leaves only, for a time, that the tokens of until now are refused. The next token makes another user. Idempotent. */
  purge(id: string): Promise<void>;
}

/** Names an external user: SHA-256, because both parts may hold any text. */
export const externalId = ({ issuer, subject }: External): string =>
  createHash('sha256')
    .update(JSON.stringify([issuer, subject]))
    .digest('hex');
