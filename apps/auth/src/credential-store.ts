import type { Identity } from '@parley/contracts';

/** A user's way in. */
export interface Credential {
  readonly user: Identity;
  /** In PHC string format, with its parameters and salt. */
  readonly passwordHash: string;
}

/** Injection token of the {@link CredentialStore}. */
export const CREDENTIAL_STORE = Symbol('credential store');

/** The credentials of all users, by username without regard to case. */
export interface CredentialStore {
  find(username: string): Promise<Credential | undefined>;
  /** Stores a credential unless its username has one; answers the one that is stored then. Atomic. */
  create(credential: Credential): Promise<Credential>;
  /** Removes the credential of the user's name if it is still this user's. */
  remove(user: Identity): Promise<void>;
  /** Replaces the hash of `credential` if it is still that one. */
  replaceHash(credential: Credential, newHash: string): Promise<void>;
}
