import type { SessionRef } from '@parley/contracts';
import { type RedisConnection, Script } from '@parley/redis';
import type { LivingSession } from '../session-store.js';
import source from './keep-sessions.lua.js';
import type { AuthKeys } from './keys.js';

const script = new Script(source);

/** Sessions to renew, and how long they live from now on. */
export interface KeepSessions {
  readonly sessions: readonly SessionRef[];
  readonly ttlMs: number;
}

/** What the script returns of a living session. */
type Kept = readonly [username: string, expiresAt?: number, remainingMs?: number];

/** Renews living sessions. Returns each one, undefined for a session that has ended. */
export async function keepSessions(
  redis: RedisConnection,
  keys: AuthKeys,
  { sessions, ttlMs }: KeepSessions,
): Promise<(LivingSession | undefined)[]> {
  const kept = await script.run(
    redis,
    sessions.flatMap(({ userUUID: user }) => [keys.sessions(user), keys.name(user), keys.expiries(user)]),
    [ttlMs, ...sessions.map(({ sessionId }) => sessionId)],
  );
  return (kept as (Kept | null)[]).map((one, index) => livingSession(sessions[index]!.userUUID, one));
}

function livingSession(UUID: string, kept: Kept | null): LivingSession | undefined {
  if (kept === null) return undefined;
  const [Username, expiresAt, remainingMs] = kept;
  const user = { UUID, Username };
  if (expiresAt === undefined || remainingMs === undefined) return { user };
  return { user, token: { expiresAt, remainingMs } };
}
