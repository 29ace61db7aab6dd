import type { Contract } from './contract.js';
import type { Identity } from './users.js';

/** A password or access key on its way between services, readable only with the sealing key. */
export type Sealed = string;

/** A session of a signed-in user: one access key, any number of connections. */
export interface SessionRef {
  readonly userUUID: string;
  /** SHA-256 of the access key, hexadecimal: names the session and is useless to a client. */
  readonly sessionId: string;
}

export interface Credentials {
  readonly username: string;
  readonly password: Sealed;
  /** The client's address, for throttling. */
  readonly address: string;
}

export interface Authorized {
  readonly user: Identity;
  readonly sessionId: string;
  readonly accessKey: Sealed;
  /** Whether this made the account. */
  readonly created: boolean;
}

/** What the auth service answers. */
export type AuthContract = {
  /** Makes an account and a session. Errors: USERNAME_TAKEN, RATE_LIMITED. */
  'auth.signUp': Contract<Credentials, Authorized>;
  /** Opens a session; an unknown username is created. Errors: WRONG_PASSWORD, RATE_LIMITED. */
  'auth.signIn': Contract<Credentials, Authorized>;
  /** Finds living sessions and extends their lives: whose each is, null for one that has ended. At most 1,000 at once. */
  'auth.openSessions': Contract<
    { readonly sessions: readonly SessionRef[] },
    { readonly users: readonly (Identity | null)[] }
  >;
  /** Ends a session everywhere; ending one that has ended is no error. */
  'auth.signOut': Contract<SessionRef, Record<string, never>>;
  /** Extends the sessions that are in use; answers the ids of those that have ended. At most 1,000 at once. */
  'auth.keepSessions': Contract<
    { readonly sessions: readonly SessionRef[] },
    { readonly ended: readonly string[] }
  >;
};

/** To every replica of the gateway: the session has ended, sign out its connections. */
export const SESSION_ENDED = 'auth.sessionEnded';
export type SessionEnded = SessionRef;
