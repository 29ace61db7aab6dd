import type { Identity } from '@parley/contracts';

/** What a user signs in with. */
export interface Credential {
  readonly user: Identity;
  /** In PHC string format, with its parameters and salt. Where there is an `external`, nobody has the password of it. */
  readonly passwordHash: string;
  /** The id of the user of an identity provider whom tokens sign in. Such an account has no password and never gets one. */
  readonly external?: string | undefined;
  /** Names the request that last changed the password, if it was ever changed. */
  readonly changedBy?: string | undefined;
  /** Whether only the username is left of it, which stays taken. */
  readonly isRetired?: true | undefined;
  /** Where the user has signed in, the newest place first. */
  readonly places: readonly string[];
}

/** Injection token of the {@link CredentialStore}. */
export const CREDENTIAL_STORE = Symbol('credential store');

/** The credentials of all users, by username without regard to case. */
export interface CredentialStore {
  find(username: string): Promise<Credential | undefined>;
  /** Stores a credential unless its username has one. Returns the credential that is stored now. Atomic. */
  create(credential: Credential): Promise<Credential>;
  /** Removes the credential under the user's name if it is still this user's; a retired one only if it is asked for. */
  remove(user: Identity, which?: 'even retired'): Promise<void>;
  /** Notes that the user has signed in from a place. Only the newest places are kept. */
  rememberPlace(user: Identity, place: string): Promise<void>;
  /** Replaces the hash of `credential` if it has not changed since. */
  replaceHash(credential: Credential, newHash: string): Promise<void>;
  /** Gives `credential` the hash of another password. Returns false if it has changed since it was read. Atomic. */
  changePassword(credential: Credential, newHash: string, changedBy: string): Promise<boolean>;
  /**
   * Leaves of the credential under the user's name, if it is this user's, only that the name is taken. `passwordHash` is that of
   * a password that nobody knows: to a sign-in, the account looks like any other. Idempotent.
   */
  retire(user: Identity, passwordHash: string, changedBy: string): Promise<boolean>;
  /** When the account was created, in milliseconds of Redis's clock; undefined if that is not known. */
  createdAt(username: string): Promise<number | undefined>;
}
