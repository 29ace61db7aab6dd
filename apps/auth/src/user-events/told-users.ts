import { Inject, Injectable } from '@nestjs/common';
import { type NotedUserEvent, sessionUUIDOf, type UserEventType } from '@parley/contracts';
import type { RedisConnection } from '@parley/redis';
import { REDIS } from '@parley/service-kit';
import { forgetTold } from '../redis/forget-told.js';
import { AuthKeys } from '../redis/keys.js';
import { noteTold } from '../redis/note-told.js';
import { EventKinds } from './event-kinds.js';

/** Events of one user that are handed on at once. */
const READ_AT_ONCE = 100;
/**
 * How long a user stays noted, in milliseconds: longer than it takes from the note to the step that writes something down. What a
 * replica that died has left is found within that time.
 */
const NOTED_MS = 60_000;

/** A user of whom something may be written down, and when that was noted last. */
export interface ToldUser {
  readonly userUUID: string;
  readonly notedAt: string;
}

/**
 * What auth has written down of users, with the change, for webhooks. It lies in the slot of each user, so that a note of the user
 * comes before, in a place that all replicas look at. Rejects with Redis's errors.
 */
@Injectable()
export class ToldUsers {
  private readonly changed = new Set<string>();

  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: AuthKeys,
    private readonly kinds: EventKinds,
  ) {}

  /** Whether anybody asks for any events. */
  get areAsked(): boolean {
    return this.kinds.areAsked;
  }

  /** See {@link EventKinds.keep}. */
  keep(kind: 'account' | 'session'): number {
    return this.kinds.keep(kind);
  }

  /** To be called before something is written down of a user. */
  async note(userUUID: string, now = Date.now()): Promise<void> {
    this.changed.add(userUUID);
    await noteTold(this.redis, this.keys, { userUUID, now });
  }

  /** Users of whom something may be written down, by the time of their note: those noted until then, and those of this replica. */
  async noted(until: number, most: number): Promise<ToldUser[]> {
    const range = [this.keys.told(), '-inf', until, 'WITHSCORES', 'LIMIT', 0, most] as const;
    const found = await this.redis.zrangebyscore(...range);
    const own = [...this.changed].slice(0, most);
    for (const userUUID of own) this.changed.delete(userUUID);
    const users = new Map(own.map((userUUID) => [userUUID, '']));
    for (let at = 0; at < found.length; at += 2) users.set(found[at]!, found[at + 1]!);
    return [...users].map(([userUUID, notedAt]) => ({ userUUID, notedAt }));
  }

  /** What is written down of a user, in order. */
  async events(userUUID: string): Promise<{ events: NotedUserEvent[]; last: string | undefined }> {
    const entries = await this.redis.xrange(this.keys.toldOf(userUUID), '-', '+', 'COUNT', READ_AT_ONCE);
    const events = entries.map(
      ([id, [, type, , sessionId]]): NotedUserEvent => ({
        ...{ key: `auth ${id}`, type: type as UserEventType, userUUID, at: Number.parseInt(id, 10) },
        ...(sessionId !== undefined && { sessionUUID: sessionUUIDOf(sessionId) }),
      }),
    );
    return { events, last: entries.at(-1)?.[0] };
  }

  /** Forgets what was handed on, up to an entry. */
  async handedOn(userUUID: string, last: string): Promise<void> {
    const [ms, number] = last.split('-');
    await this.redis.xtrim(this.keys.toldOf(userUUID), 'MINID', `${ms}-${Number(number) + 1}`);
  }

  /** Forgets the note of a user of whom nothing is written down, unless it may be for something that is about to be. */
  async forget({ userUUID, notedAt }: ToldUser, now = Date.now()): Promise<void> {
    if (notedAt === '' || now - Number(notedAt) < NOTED_MS) return;
    await forgetTold(this.redis, this.keys, { userUUID, notedAt });
  }
}
