import type { Identity, SessionRef } from '@parley/contracts';
import type { RedisConnection } from '@parley/redis';
import { createSession, type SessionBounds } from './create-session.js';
import { keepSession } from './keep-session.js';
import type { AuthKeys } from './keys.js';
import type { SessionStore } from './session-store.js';

/** The {@link SessionStore} in Redis. */
export class SessionRepository implements SessionStore {
  constructor(
    private readonly redis: RedisConnection,
    private readonly keys: AuthKeys,
    private readonly bounds: SessionBounds,
  ) {}

  create(user: Identity, sessionId: string): Promise<string[]> {
    return createSession(this.redis, this.keys, user, sessionId, this.bounds);
  }

  keep(session: SessionRef): Promise<Identity | undefined> {
    return keepSession(this.redis, this.keys, session, this.bounds.ttlMs);
  }

  async end({ userUUID, sessionId }: SessionRef): Promise<void> {
    await this.redis.zrem(this.keys.sessions(userUUID), sessionId);
  }
}
