import type { SessionRef, TokenLife } from '@parley/contracts';
import { type RedisConnection, Script } from '@parley/redis';
import type { AuthKeys } from './keys.js';
import source from './refresh-session.lua.js';

const script = new Script(source);

/** A session, and when the newer token of its user expires, in milliseconds of Redis's clock. */
export interface RefreshSession extends SessionRef {
  readonly expiresAt: number;
}

/** Lets a session go on. Returns until when; undefined if it has ended, null if no token began it. */
export async function refreshSession(
  redis: RedisConnection,
  keys: AuthKeys,
  { userUUID, sessionId, expiresAt }: RefreshSession,
): Promise<TokenLife | null | undefined> {
  const life = await script.run(
    redis,
    [keys.sessions(userUUID), keys.expiries(userUUID)],
    [sessionId, expiresAt],
  );
  if (life === null) return undefined;
  const [latest, remainingMs] = life as [number?, number?];
  return latest === undefined || remainingMs === undefined ? null : { expiresAt: latest, remainingMs };
}
