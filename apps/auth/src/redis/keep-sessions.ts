import type { Identity, SessionRef } from '@parley/contracts';
import { type RedisConnection, Script } from '@parley/redis';
import type { AuthKeys } from './keys.js';

const script = new Script(import.meta.url, 'keep-sessions.lua');

/** Makes living sessions live for `ttlMs` from now; answers whose each is, undefined for one that has ended. */
export async function keepSessions(
  redis: RedisConnection,
  keys: AuthKeys,
  sessions: readonly SessionRef[],
  ttlMs: number,
): Promise<(Identity | undefined)[]> {
  const names = await script.run(
    redis,
    sessions.flatMap(({ userUUID }) => [keys.sessions(userUUID), keys.name(userUUID)]),
    [ttlMs, ...sessions.map(({ sessionId }) => sessionId)],
  );
  return sessions.map(({ userUUID }, at) => identityOf(userUUID, (names as (string | null)[])[at]!));
}

const identityOf = (UUID: string, Username: string | null): Identity | undefined =>
  Username === null ? undefined : { UUID, Username };
