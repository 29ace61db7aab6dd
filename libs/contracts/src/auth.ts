import type { Contract, PartedContract } from './contract.js';
import type { AuthKeyContract } from './keys.js';
import type { SealedBox } from './sealed-box.js';
import type { Sealed, SessionRef, SignInReply, TokenLife, Unopened } from './sessions.js';
import type { AuthTokenContract } from './tokens.js';
import type { Identity } from './users.js';

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
  type: 'signUp' | 'signIn' | 'signInKnown',
  { username, address }: Pick<SignInRequest, 'username' | 'address'>,
  idempotencyKey: string,
): string[] => [`auth.${type}`, username, address, idempotencyKey];

/** A session of a user, as the user may see it. */
export interface SessionSummary {
  /** As {@link sessionUUIDOf} makes it. */
  readonly sessionUUID: string;
  /** Milliseconds of Redis's clock: when it was last used, to within a thousandth of its life. */
  readonly usedAt: number;
  /** Milliseconds of Redis's clock: when it ends unless it is used again. */
  readonly expiresAt: number;
}

/** A user who proves once more to know the password, within a session. */
export interface AskingUser {
  readonly user: Identity;
  readonly sessionId: string;
  /** The client's address, for throttling. */
  readonly address: string;
}

/** The request of such a user. The secrets are sealed to auth's key, about {@link aboutProof}. */
export interface ProofRequest extends AskingUser {
  readonly secrets?: SealedBox | undefined;
  /** The same secrets as JSON, sealed with SEALING_KEY, where a gateway has no key of auth; kept for one release longer. */
  readonly shared?: Sealed | undefined;
}

/** What the box of a {@link ProofRequest} belongs to. No other request can use it. */
export const aboutProof = (
  pattern: 'auth.changePassword' | 'auth.deleteAccount',
  { user, sessionId, address }: AskingUser,
  idempotencyKey: string,
): string[] => [pattern, user.UUID, sessionId, address, idempotencyKey];

/** The requests that the auth service answers. */
export type AuthContract = {
  /** Creates an account and a session. Errors: USERNAME_TAKEN, INVALID_FIELD, RATE_LIMITED. */
  'auth.signUpSealed': Contract<SignInRequest, SignInReply | Unopened>;
  /** Opens a session. An unknown username becomes an account. Errors: WRONG_PASSWORD, RATE_LIMITED. */
  'auth.signInSealed': Contract<SignInRequest, SignInReply | Unopened>;
  /**
   * As `auth.signInSealed`, but an unknown username becomes no account: it is answered as a wrong password, after as long a time. An
   * auth of the release before does not know it.
   */
  'auth.signInKnown': Contract<SignInRequest, SignInReply | Unopened>;
  /** As `auth.signUpSealed`, sealed with SEALING_KEY; kept for one release longer. */
  'auth.signUp': Contract<SharedKeySignInRequest, SignInReply>;
  /** As `auth.signInSealed`, sealed with SEALING_KEY; kept for one release longer. */
  'auth.signIn': Contract<SharedKeySignInRequest, SignInReply>;
  /**
   * Extends the lives of sessions, at most 1,000. Each one's user, null for a session that has ended; `token` if a token began it,
   * which a gateway of the release before does not heed.
   */
  'auth.openSessions': PartedContract<
    { readonly sessions: readonly SessionRef[] },
    { readonly user: Identity | null; readonly token?: TokenLife | undefined },
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
  /**
   * Gives an account another password, and ends every other session of its user. `ended` says how many. The secrets are
   * `password` and `newPassword`. Errors: WRONG_PASSWORD, RATE_LIMITED, SESSION_EXPIRED.
   */
  'auth.changePassword': Contract<ProofRequest, { readonly ended: number } | Unopened>;
  /** Lists a user's sessions, at most 1,000: those used last first. */
  'auth.listSessions': Contract<
    { readonly userUUID: string },
    { readonly total: number; readonly sessions: readonly SessionSummary[] }
  >;
  /** Ends sessions of a user: all, or those with these UUIDs (at most 1,000). `ended` says how many. */
  'auth.endSessions': Contract<
    { readonly userUUID: string; readonly sessionUUIDs?: readonly string[] | undefined },
    { readonly ended: number }
  >;
  /**
   * Deletes an account: see {@link AccountDeleted}. The secret is `password`. Errors: WRONG_PASSWORD, RATE_LIMITED,
   * SESSION_EXPIRED.
   */
  'auth.deleteAccount': Contract<ProofRequest, Record<string, never> | Unopened>;
} & AuthTokenContract &
  AuthKeyContract;

/**
 * To one replica of each service: an account is gone. Its sessions have ended, nobody can sign in to it, and its name stays taken.
 * What a service keeps of the user must be forgotten.
 */
export const ACCOUNT_DELETED = 'auth.accountDeleted';
export type AccountDeleted = Identity;

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
