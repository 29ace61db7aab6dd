import { Inject, Injectable } from '@nestjs/common';
import type { Bar, Identity, SessionRef, TokenLife } from '@parley/contracts';
import type { RedisConnection } from '@parley/redis';
import { REDIS, TurnBatch } from '@parley/service-kit';
import { createSession } from './redis/create-session.js';
import { endSessions } from './redis/end-sessions.js';
import { keepSessions } from './redis/keep-sessions.js';
import { AuthKeys } from './redis/keys.js';
import { type ListedSessions, listSessions } from './redis/list-sessions.js';
import { refreshSession } from './redis/refresh-session.js';
import {
  type LivingSession,
  SESSION_BOUNDS,
  type SessionBounds,
  type SessionStore,
} from './session-store.js';

/** The most sessions that one script call renews: about 1 ms of Redis's time. */
export const KEPT_AT_ONCE = 128;

/** How long it is remembered which sessions have ended and were not settled, in milliseconds: longer than any request is repeated. */
const ENDING_MS = 3_600_000;

/** The {@link SessionStore} in Redis. */
@Injectable()
export class SessionRepository implements SessionStore {
  private readonly keeping = new TurnBatch<SessionRef, LivingSession | undefined>(
    (_, sessions) => keepSessions(this.redis, this.keys, { sessions, ttlMs: this.bounds.ttlMs }),
    KEPT_AT_ONCE,
  );

  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: AuthKeys,
    @Inject(SESSION_BOUNDS) private readonly bounds: SessionBounds,
  ) {}

  create(user: Identity, sessionId: string, expiresAt?: number): Promise<string[]> {
    return createSession(this.redis, this.keys, { user, sessionId, expiresAt, ...this.bounds });
  }

  /** One script call renews the sessions of one turn; on a Cluster, those of one user in one turn. */
  keep(session: SessionRef): Promise<LivingSession | undefined> {
    return this.keeping.add(this.redis.isCluster ? session.userUUID : '', session);
  }

  refresh(session: SessionRef, expiresAt: number): Promise<TokenLife | null | undefined> {
    return refreshSession(this.redis, this.keys, { ...session, expiresAt });
  }

  async end({ userUUID, sessionId }: SessionRef): Promise<void> {
    await this.redis.zrem(this.keys.sessions(userUUID), sessionId);
    await this.redis.zrem(this.keys.expiries(userUUID), sessionId);
  }

  endAll(userUUID: string, kept?: string): Promise<string[]> {
    const sessionIds = kept === undefined ? [] : [kept];
    return endSessions(this.redis, this.keys, { userUUID, rule: 'but', sessionIds, endingMs: ENDING_MS });
  }

  endThese(userUUID: string, sessionIds: readonly string[]): Promise<string[]> {
    return endSessions(this.redis, this.keys, { userUUID, rule: 'only', sessionIds, endingMs: ENDING_MS });
  }

  ids(userUUID: string): Promise<string[]> {
    return this.redis.zrange(this.keys.sessions(userUUID), 0, '-1');
  }

  list(userUUID: string, most: number): Promise<ListedSessions> {
    return listSessions(this.redis, this.keys, { userUUID, most });
  }

  async settle(userUUID: string, ended: readonly string[]): Promise<void> {
    if (ended.length > 0) await this.redis.srem(this.keys.ending(userUUID), ...ended);
  }

  async forget(userUUID: string): Promise<string[]> {
    const { keys, redis } = this;
    const ids = await redis.zrange(keys.sessions(userUUID), 0, '-1');
    await redis.unlink(
      keys.sessions(userUUID),
      keys.name(userUUID),
      keys.ending(userUUID),
      keys.expiries(userUUID),
    );
    return ids;
  }

  async bar(userUUID: string, bar: Bar | 'deleted'): Promise<void> {
    await this.redis.hsetnx(this.keys.bars(userUUID), bar, String(Date.now()));
    // Only sign-ins that have begun may still ask: no later one gets past the retired credential.
    if (bar === 'deleted') await this.redis.pexpire(this.keys.bars(userUUID), ENDING_MS);
  }

  async unbar(userUUID: string, bar: Bar): Promise<boolean> {
    return (await this.redis.hdel(this.keys.bars(userUUID), bar)) === 1;
  }

  async bars(userUUID: string): Promise<Partial<Record<Bar | 'deleted', number>>> {
    const bars = await this.redis.hgetall(this.keys.bars(userUUID));
    return Object.fromEntries(Object.entries(bars).map(([bar, since]) => [bar, Number(since)]));
  }
}
