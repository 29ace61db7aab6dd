import type { Identity } from '@parley/contracts';

/** What a user signs in with. */
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
  /** Stores a credential unless its username has one. Returns the credential that is stored now. Atomic. */
  create(credential: Credential): Promise<Credential>;
  /** Removes the credential under the user's name if it is still this user's. */
  remove(user: Identity): Promise<void>;
  /** Replaces the hash of `credential` if it has not changed since. */
  replaceHash(credential: Credential, newHash: string): Promise<void>;
}
