import type { Contract, PartedContract } from './contract.js';
import type { SealedBox } from './sealed-box.js';
import type { Identity } from './users.js';

/** A secret on its way between services, readable only with the key that it was sealed with. */
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
  /** The client's address, for throttling. */
  readonly address: string;
  /** Holds the `password`; about {@link aboutSignIn}. */
  readonly secrets: SealedBox;
}

/** The same of a gateway of the release before, or to an auth of it; kept for one release longer. */
export interface SharedKeySignInRequest extends Omit<SignInRequest, 'secrets'> {
  /** Sealed with SEALING_KEY, as is the access key of the reply. */
  readonly password: Sealed;
}

/** What the box of a sign-up or sign-in belongs to. Another request can use neither the box nor its answer. */
export const aboutSignIn = (
  type: 'signUp' | 'signIn',
  { username, address }: Pick<SignInRequest, 'username' | 'address'>,
  idempotencyKey: string,
): string[] => [`auth.${type}`, username, address, idempotencyKey];

/** A session that has begun. */
export interface SignInReply {
  readonly user: Identity;
  readonly sessionId: string;
  /** Sealed to the box of the request. */
  readonly accessKey: Sealed;
  /** Whether this request created the account. */
  readonly created: boolean;
}

/** The box could not be opened: auth does not have its key. Nothing was done. */
export interface Unopened {
  readonly unopened: true;
}

/** The requests that the auth service answers. */
export type AuthContract = {
  /** Creates an account and a session. Errors: USERNAME_TAKEN, RATE_LIMITED. */
  'auth.signUpSealed': Contract<SignInRequest, SignInReply | Unopened>;
  /** Opens a session. An unknown username becomes an account. Errors: WRONG_PASSWORD, RATE_LIMITED. */
  'auth.signInSealed': Contract<SignInRequest, SignInReply | Unopened>;
  /** As `auth.signUpSealed`, sealed with SEALING_KEY; kept for one release longer. */
  'auth.signUp': Contract<SharedKeySignInRequest, SignInReply>;
  /** As `auth.signInSealed`, sealed with SEALING_KEY; kept for one release longer. */
  'auth.signIn': Contract<SharedKeySignInRequest, SignInReply>;
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
