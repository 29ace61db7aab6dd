import type { Bar, Identity } from '@parley/contracts';
import { type RedisConnection, Script } from '@parley/redis';
import { barred, type SessionBounds } from '../session-store.js';
import source from './create-session.lua.js';
import type { AuthKeys } from './keys.js';

const script = new Script(source);

/** A session to create, and the bounds on its user's sessions. */
export interface CreateSession extends SessionBounds {
  readonly user: Identity;
  readonly sessionId: string;
  /** When it ends in any case, in milliseconds of Redis's clock, if a token began it. */
  readonly expiresAt: number | undefined;
}

/**
 * Creates a session or renews it. Returns the ids of the sessions that ended to make room.
 * @throws AppError FORBIDDEN if the account is barred.
 */
export async function createSession(
  redis: RedisConnection,
  keys: AuthKeys,
  { user, sessionId, ttlMs, perUser, expiresAt }: CreateSession,
): Promise<string[]> {
  const ended = await script.run(
    redis,
    [keys.sessions(user.UUID), keys.name(user.UUID), keys.bars(user.UUID), keys.expiries(user.UUID)],
    [sessionId, user.Username, ttlMs, perUser, expiresAt ?? ''],
  );
  if (typeof ended === 'string') throw barred(ended as Bar | 'deleted');
  return ended as string[];
}
