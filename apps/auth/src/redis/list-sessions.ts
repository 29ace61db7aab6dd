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
  readonly sessions: readonly { readonly sessionId: string; readonly expiresAt: number }[];
}

/** Lists the living sessions of a user. */
export async function listSessions(
  redis: RedisConnection,
  keys: AuthKeys,
  { userUUID, most }: ListSessions,
): Promise<ListedSessions> {
  const reply = await script.run(redis, [keys.sessions(userUUID)], [most]);
  const [total, ...listed] = reply as [number, ...string[]];
  const sessions = Array.from({ length: listed.length / 2 }, (_, n) => ({
    sessionId: listed[2 * n]!,
    expiresAt: Number(listed[2 * n + 1]),
  }));
  return { total, sessions };
}
