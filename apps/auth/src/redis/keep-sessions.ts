import type { Identity, SessionRef } from '@parley/contracts';
import { type RedisConnection, Script } from '@parley/redis';
import source from './keep-sessions.lua.js';
import type { AuthKeys } from './keys.js';

const script = new Script(source);

/** Sessions to renew, and how long they live from now on. */
export interface KeepSessions {
  readonly sessions: readonly SessionRef[];
  readonly ttlMs: number;
}

/** Renews living sessions. Returns each one's user, undefined for a session that has ended. */
export async function keepSessions(
  redis: RedisConnection,
  keys: AuthKeys,
  { sessions, ttlMs }: KeepSessions,
): Promise<(Identity | undefined)[]> {
  const names = await script.run(
    redis,
    sessions.flatMap(({ userUUID }) => [keys.sessions(userUUID), keys.name(userUUID)]),
    [ttlMs, ...sessions.map(({ sessionId }) => sessionId)],
  );
  return (names as (string | null)[]).map((name, index) => identityOf(sessions[index]!.userUUID, name));
}

const identityOf = (UUID: string, Username: string | null): Identity | undefined =>
  Username === null ? undefined : { UUID, Username };
