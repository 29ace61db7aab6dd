import type { Bar, Identity, SessionRef, TokenLife } from '@parley/contracts';
import { AppError } from '@parley/protocol';
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

/** What a user is told who may not sign in. The first of several bars counts. */
const BARRED: Readonly<Record<Bar | 'deleted', string>> = {
  deleted: 'This account is deleted.',
  banned: 'This account is banned.',
  disabled: 'This account is disabled.',
};

/** The refusal of a barred user. */
export const barred = (bar: Bar | 'deleted'): AppError => new AppError('FORBIDDEN', { message: BARRED[bar] });

/** The bar that counts of those that there are. */
export const firstBar = (bars: Partial<Record<Bar | 'deleted', number>>): Bar | 'deleted' | undefined =>
  (Object.keys(BARRED) as (Bar | 'deleted')[]).find((bar) => bars[bar] !== undefined);

/** A session that has not ended. */
export interface LivingSession {
  readonly user: Identity;
  /** How long it may go on, if a token began it. */
  readonly token?: TokenLife;
}

/** The living sessions of all users. */
export interface SessionStore {
  /**
   * Creates a session or renews it. If the user then has too many, the least recently used ones end: returns their ids.
   * Idempotent and atomic.
   * @param expiresAt when it ends in any case, in milliseconds of Redis's clock, if a token began it.
   * @throws AppError FORBIDDEN if the user is barred.
   */
  create(user: Identity, sessionId: string, expiresAt?: number): Promise<string[]>;
  /** Renews a living session. Returns undefined if it has ended. */
  keep(session: SessionRef): Promise<LivingSession | undefined>;
  /**
   * Lets a session that a token began go on until a newer token expires. Returns until when it goes on: of two tokens, the one that
   * expires later counts. Undefined if the session has ended, null if no token began it.
   */
  refresh(session: SessionRef, expiresAt: number): Promise<TokenLife | null | undefined>;
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
  bars(userUUID: string): Promise<Partial<Record<Bar | 'deleted', number>>>;
}
