import type { Contract, PartedContract } from './contract.js';
import type { SealedBox } from './sealed-box.js';
import type { SessionRef, SignInReply, TokenLife, Unopened } from './sessions.js';
import type { Identity } from './users.js';

/** A sign-in with a token of the team's own identity provider. */
export interface TokenSignInRequest {
  /** The client's address, for throttling. */
  readonly address: string;
  /** Holds the `token`; about {@link aboutTokenSignIn}. */
  readonly secrets: SealedBox;
}

/** A session that a token began. */
export interface TokenSignInReply extends SignInReply {
  readonly token: TokenLife;
}

/** A newer token for a session that a token began. */
export interface TokenRefreshRequest extends SessionRef, TokenSignInRequest {}

/** The deletion of a user's own account, which a fresh token proves. The box is about {@link aboutTokenDeletion}. */
export interface TokenDeletionRequest extends TokenSignInRequest {
  /** Who asks. */
  readonly user: Identity;
}

/** What the box of a sign-in with a token belongs to. Another request can use neither the box nor its answer. */
export const aboutTokenSignIn = (address: string, idempotencyKey: string): string[] => [
  'auth.signInByToken',
  address,
  idempotencyKey,
];

/** As {@link aboutTokenSignIn}, for a newer token. */
export const aboutTokenRefresh = (
  { userUUID, sessionId, address }: Omit<TokenRefreshRequest, 'secrets'>,
  idempotencyKey: string,
): string[] => ['auth.refreshToken', userUUID, sessionId, address, idempotencyKey];

/** As {@link aboutTokenSignIn}, for a request that brings a token and opens no session. */
export const aboutTokenIdentity = (address: string, idempotencyKey: string): string[] => [
  'auth.identifyByToken',
  address,
  idempotencyKey,
];

/** As {@link aboutTokenSignIn}, for the deletion of an account. */
export const aboutTokenDeletion = (
  { user, address }: Omit<TokenDeletionRequest, 'secrets'>,
  idempotencyKey: string,
): string[] => ['auth.deleteAccountByToken', user.UUID, address, idempotencyKey];

/** What auth has found in a token: with it, auth can be asked whether the token is still taken, without the token. */
export interface TokenRef {
  readonly userUUID: string;
  /** Names the user of the identity provider in auth. */
  readonly externalId: string;
  /** Milliseconds of the identity provider's clock, if the token says so. */
  readonly issuedAt?: number | undefined;
  /** Milliseconds of auth's clock: until when the token is taken. */
  readonly expiresAt: number;
}

/** The requests about tokens that the auth service answers. One of the release before does not know them. */
export type AuthTokenContract = {
  /** Opens a session. A user who is not known yet is created. Errors: WRONG_TOKEN, FORBIDDEN, RATE_LIMITED, OVERLOADED. */
  'auth.signInByToken': Contract<TokenSignInRequest, TokenSignInReply | Unopened>;
  /**
   * Lets a session go on until a newer token of its user expires. Errors: as `auth.signInByToken`; FORBIDDEN also for a session that
   * no token began; SESSION_EXPIRED.
   */
  'auth.refreshToken': Contract<TokenRefreshRequest, TokenLife | Unopened>;
  /** Says whose a token is, and opens no session. A user who is not known yet is created. Errors: as `auth.signInByToken`. */
  'auth.identifyByToken': Contract<TokenSignInRequest, TokenRef | Unopened>;
  /**
   * The users of tokens that `auth.identifyByToken` has found, at most 1,000; null where the token has to be identified again. Errors
   * of one: WRONG_TOKEN for a token that has expired or was revoked meanwhile; FORBIDDEN.
   */
  'auth.openTokens': PartedContract<
    { readonly tokens: readonly TokenRef[] },
    { readonly user: Identity | null }
  >;
  /**
   * Deletes the account of a user, as `auth.deleteAccount`. Errors: as `auth.signInByToken`; WRONG_TOKEN also for another user's token,
   * FORBIDDEN for one that was not issued lately.
   */
  'auth.deleteAccountByToken': Contract<TokenDeletionRequest, Record<string, never> | Unopened>;
};

/** A user as an identity provider names one. */
export interface ExternalUser {
  /** `iss` of the tokens; by default the issuer whose tokens auth takes. */
  readonly issuer?: string | undefined;
  /** `sub` of the tokens. */
  readonly subject: string;
}

/** The user of an {@link ExternalUser}, if there is one, and how many of the sessions have ended. */
export interface RevokedReply {
  readonly user: Identity | null;
  readonly ended: number;
}

/** A user of an identity provider who is to exist here, and what the provider calls the user. */
export interface ProvisionedUser extends ExternalUser {
  /** For the username. */
  readonly name?: string | undefined;
  /** Shown as `Name` and `Picture`. Empty: not any more. */
  readonly displayName?: string | undefined;
  readonly picture?: string | undefined;
}

/** The user that it is, and whether this request created it. */
export interface ProvisionReply {
  readonly user: Identity;
  readonly created: boolean;
}

/** The requests about tokens that the auth service answers to operators alone. Errors: FORBIDDEN where auth takes no tokens. */
export type AuthTokenOperatorContract = {
  /**
   * Ends all sessions of a user, whose connections are closed with 4501, and refuses every token that was issued until now.
   * Also for one who has not signed in yet. Idempotent.
   */
  'auth.revokeTokens': Contract<ExternalUser, RevokedReply>;
  /** Takes these tokens again, as long as they have not expired. Idempotent. */
  'auth.unrevokeTokens': Contract<
    ExternalUser,
    { readonly user: Identity | null; readonly wasRevoked: boolean }
  >;
  /** Creates a user before the first sign-in, or renames one who exists. Idempotent. Errors: INVALID_FIELD; FORBIDDEN if it is deleted. */
  'auth.provision': Contract<ProvisionedUser, ProvisionReply>;
};
