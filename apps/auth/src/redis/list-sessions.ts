import { type RedisConnection, Script } from '@parley/redis';
import type { AuthKeys } from './keys.js';
import source from './list-sessions.lua.js';

const script = new Script(source);

/** Whose sessions to list, and how many at most. */
export interface ListSessions {
  readonly userUUID: string;
  readonly most: number;
}

/** The living sessions of a user. */
export interface ListedSessions {
  readonly total: number;
  /** Those that were used last first. */
  readonly sessions: readonly ListedSession[];
}

/** A session in a list. Times are in milliseconds of Redis's clock. */
export interface ListedSession {
  readonly sessionId: string;
  /** When it ends unless it is used. */
  readonly endsAt: number;
  /** When it ends in any case, if a token began it. */
  readonly expiresAt?: number | undefined;
}

/** What the script returns of each session. */
const FIELDS = 3;

/** Lists the living sessions of a user. */
export async function listSessions(
  redis: RedisConnection,
  keys: AuthKeys,
  { userUUID, most }: ListSessions,
): Promise<ListedSessions> {
  const reply = await script.run(redis, [keys.sessions(userUUID), keys.expiries(userUUID)], [most]);
  const [total, ...listed] = reply as [number, ...string[]];
  const sessions = Array.from({ length: listed.length / FIELDS }, (_, n) => {
    const [sessionId = '', endsAt, expiresAt] = listed.slice(FIELDS * n, FIELDS * (n + 1));
    return { sessionId, endsAt: Number(endsAt), ...(expiresAt && { expiresAt: Number(expiresAt) }) };
  });
  return { total, sessions };
}
