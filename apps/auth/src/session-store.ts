import type { Bar, Identity, SessionRef } from '@parley/contracts';
import type { ListedSessions } from './redis/list-sessions.js';

/** Injection token of the {@link SessionStore}. */
export const SESSION_STORE = Symbol('session store');

/** How long each session of a user lives, and how many a user has at most. */
export interface SessionBounds {
  readonly ttlMs: number;
  readonly perUser: number;
}

/** Injection token of the {@link SessionBounds}. */
export const SESSION_BOUNDS = Symbol('session bounds');

/** The living sessions of all users. */
export interface SessionStore {
  /**
   * Creates a session or renews it. If the user then has too many, the least recently used ones end: returns their ids.
   * Idempotent and atomic.
   * @throws AppError FORBIDDEN if the user is barred.
   */
  create(user: Identity, sessionId: string): Promise<string[]>;
  /** Renews a living session. Returns its user, undefined if the session has ended. */
  keep(session: SessionRef): Promise<Identity | undefined>;
  /** Ends a session at once. Idempotent. */
  end(session: SessionRef): Promise<void>;
  /**
   * Ends all sessions of a user, except `kept`. Returns the ids of those that have ended and were not settled: also those that
   * an earlier call ended.
   */
  endAll(userUUID: string, kept?: string): Promise<string[]>;
  /** Ends these sessions of a user. Returns as {@link endAll}. */
  endThese(userUUID: string, sessionIds: readonly string[]): Promise<string[]>;
  /** The gateways know that these sessions, which `endAll` returned, have ended. */
  settle(userUUID: string, ended: readonly string[]): Promise<void>;
  /** Deletes all that is stored of a user's sessions, but for bars. Returns the ids of those that lived. Idempotent. */
  forget(userUUID: string): Promise<string[]>;
  /** The ids of all sessions of a user. */
  ids(userUUID: string): Promise<string[]>;
  /** The living sessions of a user, `most` of them: those that were used last first. */
  list(userUUID: string, most: number): Promise<ListedSessions>;
  /** From now on no session of the user can be created. Those that there are go on. Idempotent. */
  bar(userUUID: string, bar: Bar | 'deleted'): Promise<void>;
  /** Lifts a bar. Returns whether there was one. */
  unbar(userUUID: string, bar: Bar): Promise<boolean>;
  /** Since when a user is barred, in milliseconds, by each bar. */
  bars(userUUID: string): Promise<Partial<Record<Bar, number>>>;
}
