import type { SessionRef } from '@parley/contracts';
import { type RedisConnection, Script } from '@parley/redis';
import source from './end-session.lua.js';
import type { AuthKeys } from './keys.js';

const script = new Script(source);

/** A session that ends, and how many events of its user are kept: see `EventKinds.keep`. */
export type EndSession = SessionRef & { readonly keepTold: number };

/** Ends a session. Rejects with Redis's error. */
export async function endSession(
  redis: RedisConnection,
  keys: AuthKeys,
  { userUUID, sessionId, keepTold }: EndSession,
): Promise<void> {
  await script.run(
    redis,
    [keys.sessions(userUUID), keys.expiries(userUUID), keys.toldOf(userUUID)],
    [sessionId, keepTold],
  );
}
