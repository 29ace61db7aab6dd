import type { Identity, SessionRef } from '@parley/contracts';
import { type RedisConnection, Script } from '@parley/redis';
import type { AuthKeys } from './keys.js';

const script = new Script(import.meta.url, 'keep-session.lua');

/** Makes a living session live for `ttlMs` from now; answers whose it is, undefined when it has ended. */
export async function keepSession(
  redis: RedisConnection,
  keys: AuthKeys,
  { userUUID, sessionId }: SessionRef,
  ttlMs: number,
): Promise<Identity | undefined> {
  const username = await script.run(
    redis,
    [keys.sessions(userUUID), keys.name(userUUID)],
    [sessionId, ttlMs],
  );
  return typeof username === 'string' ? { UUID: userUUID, Username: username } : undefined;
}
