import { Inject, Injectable } from '@nestjs/common';
import type { Bar, Identity, SessionRef, TokenLife, UserEventKind, UserEventType } from '@parley/contracts';
import type { RedisConnection } from '@parley/redis';
import { REDIS, TurnBatch } from '@parley/service-kit';
import { changeBar } from './redis/change-bar.js';
import { createSession } from './redis/create-session.js';
import { endSession } from './redis/end-session.js';
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
import { NOBODY_IS_TOLD } from './user-events/event-kinds.js';
import { ToldUsers } from './user-events/told-users.js';

/** The most sessions that one script call renews: about 1 ms of Redis's time. */
export const KEPT_AT_ONCE = 128;

/** How long it is remembered which sessions have ended and were not settled, in milliseconds: longer than any request is repeated. */
const ENDING_MS = 3_600_000;

const BARRED: Readonly<Record<Bar, UserEventType>> = {
  banned: 'account.banned',
  disabled: 'account.disabled',
};
const UNBARRED: Readonly<Record<Bar, UserEventType>> = {
  banned: 'account.unbanned',
  disabled: 'account.enabled',
};

/** The {@link SessionStore} in Redis. What has happened to a user is written down with the change, for webhooks. */
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
    @Inject(ToldUsers) private readonly told: Pick<ToldUsers, 'keep' | 'note'> = NOBODY_IS_TOLD,
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
    const keepTold = await this.tells(userUUID, 'session');
    await endSession(this.redis, this.keys, { userUUID, sessionId, keepTold });
  }

  endAll(userUUID: string, kept?: string): Promise<string[]> {
    return this.endBy('but', userUUID, kept === undefined ? [] : [kept]);
  }

  endThese(userUUID: string, sessionIds: readonly string[]): Promise<string[]> {
    return this.endBy('only', userUUID, sessionIds);
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
      keys.toldOf(userUUID),
      keys.keySessions(userUUID),
    );
    return ids;
  }

  async bar(userUUID: string, bar: Bar | 'deleted'): Promise<void> {
    // That an account is deleted is told by the directory.
    const tells = bar === 'deleted' ? undefined : BARRED[bar];
    const keepTold = tells === undefined ? 0 : await this.tells(userUUID, 'account');
    // Only sign-ins that have begun may still ask: no later one gets past the retired credential.
    const keepMs = bar === 'deleted' ? ENDING_MS : 0;
    await changeBar(this.redis, this.keys, { userUUID, bar, change: 'bar', tells, keepTold, keepMs });
  }

  async unbar(userUUID: string, bar: Bar): Promise<boolean> {
    const keepTold = await this.tells(userUUID, 'account');
    return changeBar(this.redis, this.keys, {
      ...{ userUUID, bar, change: 'unbar', tells: UNBARRED[bar], keepTold },
    });
  }

  async bars(userUUID: string): Promise<Partial<Record<Bar | 'deleted', number>>> {
    const bars = await this.redis.hgetall(this.keys.bars(userUUID));
    return Object.fromEntries(Object.entries(bars).map(([bar, since]) => [bar, Number(since)]));
  }

  private async endBy(
    rule: 'but' | 'only',
    userUUID: string,
    sessionIds: readonly string[],
  ): Promise<string[]> {
    const keepTold = await this.tells(userUUID, 'session');
    return endSessions(this.redis, this.keys, {
      ...{ userUUID, rule, sessionIds, endingMs: ENDING_MS, keepTold },
    });
  }

  /** How many events are kept of a user to whom something is about to happen, and who is noted then. */
  private async tells(
    userUUID: string,
    kind: Extract<UserEventKind, 'account' | 'session'>,
  ): Promise<number> {
    const keep = this.told.keep(kind);
    if (keep > 0) await this.told.note(userUUID);
    return keep;
  }
}
