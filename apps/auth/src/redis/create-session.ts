import type { Identity } from '@parley/contracts';
import { type RedisConnection, Script } from '@parley/redis';
import type { SessionBounds } from '../session-store.js';
import source from './create-session.lua.js';
import type { AuthKeys } from './keys.js';

const script = new Script(source);

/** A session to create, and the bounds on its user's sessions. */
export interface CreateSession extends SessionBounds {
  readonly user: Identity;
  readonly sessionId: string;
}

/** Creates a session or renews it. Returns the ids of the sessions that ended to make room. */
export async function createSession(
  redis: RedisConnection,
  keys: AuthKeys,
  { user, sessionId, ttlMs, perUser }: CreateSession,
): Promise<string[]> {
  const ended = await script.run(
    redis,
    [keys.sessions(user.UUID), keys.name(user.UUID)],
    [sessionId, user.Username, ttlMs, perUser],
  );
  return ended as string[];
}
