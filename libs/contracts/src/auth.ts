import type { Contract, PartedContract } from './contract.js';
import type { Identity } from './users.js';

/** A password or access key on its way between services, readable only with the sealing key. */
export type Sealed = string;

/** A session of a signed-in user: one access key, any number of connections. */
export interface SessionRef {
  readonly userUUID: string;
  /** SHA-256 of the access key, hexadecimal. It names the session, and a client cannot sign in with it. */
  readonly sessionId: string;
}

/** What a client signs up or in with. */
export interface SignInRequest {
  readonly username: string;
  readonly password: Sealed;
  /** The client's address, for throttling. */
  readonly address: string;
}

/** A session that has begun. */
export interface SignInReply {
  readonly user: Identity;
  readonly sessionId: string;
  readonly accessKey: Sealed;
  /** Whether this request created the account. */
  readonly created: boolean;
}

/** The requests that the auth service answers. */
export type AuthContract = {
  /** Creates an account and a session. Errors: USERNAME_TAKEN, RATE_LIMITED. */
  'auth.signUp': Contract<SignInRequest, SignInReply>;
  /** Opens a session. An unknown username becomes an account. Errors: WRONG_PASSWORD, RATE_LIMITED. */
  'auth.signIn': Contract<SignInRequest, SignInReply>;
  /** Extends the lives of sessions, at most 1,000. Each one's user, null for a session that has ended. */
  'auth.openSessions': PartedContract<
    { readonly sessions: readonly SessionRef[] },
    { readonly user: Identity | null },
    { readonly users: readonly (Identity | null)[] }
  >;
  /** Ends a session everywhere. Idempotent. */
  'auth.signOut': Contract<SessionRef, Record<string, never>>;
  /** Extends the sessions that are in use, at most 1,000. Returns the ids of those that have ended. */
  'auth.keepSessions': PartedContract<
    { readonly sessions: readonly SessionRef[] },
    { readonly alive: boolean },
    { readonly ended: readonly string[] }
  >;
};

/** To every replica of the gateway: the session has ended, so its connections must be signed out. */
export const SESSION_ENDED = 'auth.sessionEnded';
export interface SessionEnded extends SessionRef {
  /**
   * Why it ended, if not by a `signOut` of its own. Its connections are closed with 4503 for `banned` and 4501 for `ended`;
   * otherwise, and by a gateway of the release before, they are signed out and stay open.
   */
  readonly reason?: SessionEndReason | undefined;
}

/** Why a session ended that its user did not sign out of: the user was banned, or it was ended from elsewhere. */
export type SessionEndReason = 'banned' | 'ended';
