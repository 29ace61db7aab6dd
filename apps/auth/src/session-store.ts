import type { Identity, SessionRef } from '@parley/contracts';

/** Injection token of the {@link SessionStore}. */
export const SESSION_STORE = Symbol('session store');

/** How long and how many sessions of a user live. */
export interface SessionBounds {
  readonly ttlMs: number;
  readonly perUser: number;
}

/** Injection token of the {@link SessionBounds}. */
export const SESSION_BOUNDS = Symbol('session bounds');

/** The living sessions of all users. */
export interface SessionStore {
  /**
   * Makes a session, or makes it live anew. Where the user has too many, those that were not used for longest end:
   * answers their ids. Idempotent and atomic.
   */
  create(user: Identity, sessionId: string): Promise<string[]>;
  /** Makes a living session live anew; answers whose it is, undefined when it does not live. */
  keep(session: SessionRef): Promise<Identity | undefined>;
  /** Ends a session at once. Idempotent. */
  end(session: SessionRef): Promise<void>;
}
