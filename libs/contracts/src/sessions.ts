import type { Identity } from './users.js';

/** A secret on its way between services, readable only with the key that it was sealed with. */
export type Sealed = string;

/** A session of a signed-in user: one access key, any number of connections. */
export interface SessionRef {
  readonly userUUID: string;
  /** SHA-256 of the access key, hexadecimal. It names the session, and a client cannot sign in with it. */
  readonly sessionId: string;
}

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

/** How long a session that a token began may go on. */
export interface TokenLife {
  /** Milliseconds of Redis's clock. */
  readonly expiresAt: number;
  /** Milliseconds from the answer on: a gateway's clock may differ. */
  readonly remainingMs: number;
}
