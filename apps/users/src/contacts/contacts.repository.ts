import { Inject, Injectable } from '@nestjs/common';
import type { RedisConnection } from '@parley/redis';
import { REDIS } from '@parley/service-kit';
import { UsersKeys } from '../redis/keys.js';
import { type Adding, addToList } from './redis/add-to-list.js';

/** The lists that a user keeps of others. */
export type UserList = 'contacts' | 'blocked';

/** Injection token of the {@link ListBounds}. */
export const LIST_BOUNDS = Symbol('list bounds');
/** How many users each list of a user may have. */
export type ListBounds = Readonly<Record<UserList, number>>;

/** Some users of a list, those added last first, and the place before which the next ones stand; 0 where the list ends. */
export interface ListPage {
  readonly UUIDs: readonly string[];
  readonly next: number;
}

/** The lists of users in Redis, each user's in a slot of their own. Rejects with Redis's errors. */
@Injectable()
export class ContactsRepository {
  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: UsersKeys,
    @Inject(LIST_BOUNDS) private readonly bounds: ListBounds,
  ) {}

  /** Puts a user on a list, unless it is full. One who is there stays in the same place. */
  add(list: UserList, owner: string, userUUID: string): Promise<Adding> {
    return addToList(this.redis, this.keys.lists[list](owner), { userUUID, most: this.bounds[list] });
  }

  /** Takes users off a list. Returns how many of them were there. */
  remove(list: UserList, owner: string, UUIDs: readonly string[]): Promise<number> {
    return this.redis.zrem(this.keys.lists[list](owner), ...UUIDs);
  }

  /** Whether a user is on a list. */
  async has(list: UserList, owner: string, userUUID: string): Promise<boolean> {
    return (await this.redis.zscore(this.keys.lists[list](owner), userUUID)) !== null;
  }

  /** At most `limit` users of a list with places before `before`; without it, from the newest. */
  async page(list: UserList, owner: string, limit: number, before: number | undefined): Promise<ListPage> {
    const from = before === undefined ? '+inf' : `(${before}`;
    const key = this.keys.lists[list](owner);
    const found = await this.redis.zrange(
      ...([key, from, '-inf', 'BYSCORE', 'REV', 'LIMIT', 0, limit + 1, 'WITHSCORES'] as const),
    );
    const shown = found.slice(0, limit * 2);
    const next = found.length > shown.length ? Number(shown.at(-1)) : 0;
    return { UUIDs: shown.filter((_, at) => at % 2 === 0), next };
  }

  /** Forgets all lists of a user. */
  async forget(owner: string): Promise<void> {
    await this.redis.unlink(this.keys.lists.contacts(owner), this.keys.lists.blocked(owner));
  }
}
