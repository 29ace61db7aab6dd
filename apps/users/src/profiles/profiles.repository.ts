import { Inject, Injectable } from '@nestjs/common';
import type { ShownProfile } from '@parley/contracts';
import type { RedisConnection } from '@parley/redis';
import { REDIS } from '@parley/service-kit';
import { UsersKeys } from '../redis/keys.js';
import { readBySlot, slotOf } from '../slots.js';

/** What identity providers say of users besides their usernames, in the many slots of the directory. */
@Injectable()
export class ProfilesRepository {
  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: UsersKeys,
  ) {}

  /** Returns what is said of each of these users, in that order. */
  async find(UUIDs: readonly string[]): Promise<ShownProfile[]> {
    const found = await readBySlot(UUIDs, (slot, own) => this.redis.hmget(this.keyOf(slot), ...own));
    return found.map((json) => (json === null ? {} : (JSON.parse(json) as ShownProfile)));
  }

  /** Says this of a user from now on. */
  async set(UUID: string, { Name, Picture }: ShownProfile): Promise<void> {
    if (Name === undefined && Picture === undefined) await this.forget(UUID);
    else await this.redis.hset(this.keyOf(slotOf(UUID)), UUID, JSON.stringify({ Name, Picture }));
  }

  /** Says nothing of a user any more. Idempotent. */
  async forget(UUID: string): Promise<void> {
    await this.redis.hdel(this.keyOf(slotOf(UUID)), UUID);
  }

  private keyOf(slot: number): string {
    return this.keys.directoryOf(slot).profiles;
  }
}
