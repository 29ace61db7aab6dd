import type { Identity } from '@parley/contracts';
import { type RedisConnection, Script } from '@parley/redis';
import type { AuthKeys } from './keys.js';

const script = new Script(import.meta.url, 'create-session.lua');

/** How long and how many sessions of a user live. */
export interface SessionBounds {
  readonly ttlMs: number;
  readonly perUser: number;
}

/** Makes a session or makes it live anew; answers the ids of those that ended to make room. */
export async function createSession(
  redis: RedisConnection,
  keys: AuthKeys,
  user: Identity,
  sessionId: string,
  { ttlMs, perUser }: SessionBounds,
): Promise<string[]> {
  const ended = await script.run(
    redis,
    [keys.sessions(user.UUID), keys.name(user.UUID)],
    [sessionId, user.Username, ttlMs, perUser],
  );
  return ended as string[];
}
