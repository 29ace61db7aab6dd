import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { ShownProfile } from '@parley/contracts';
import type { RedisConnection } from '@parley/redis';
import { REDIS } from '@parley/service-kit';
import { UsersKeys } from '../redis/keys.js';
import { readBySlot, slotOf } from '../slots.js';
import { UserEventKinds } from '../user-events/user-event-kinds.js';
import { noteTold } from './redis/note-told.js';
import { setProfile } from './redis/set-profile.js';
import { tellProfile } from './redis/tell-profile.js';

/** What identity providers say of users besides their usernames, in the many slots of the directory. */
@Injectable()
export class ProfilesRepository {
  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: UsersKeys,
    private readonly kinds: UserEventKinds,
  ) {}

  /** Returns what is said of each of these users, in that order. */
  async find(UUIDs: readonly string[]): Promise<ShownProfile[]> {
    const found = await readBySlot(UUIDs, (slot, own) => this.redis.hmget(this.keyOf(slot), ...own));
    return found.map((json) => (json === null ? {} : (JSON.parse(json) as ShownProfile)));
  }

  /** Says this of a user from now on. @returns the mark of a change that is to be told; undefined if there is none. */
  set(UUID: string, { Name, Picture }: ShownProfile): Promise<string | undefined> {
    const isNothing = Name === undefined && Picture === undefined;
    return setProfile(this.redis, {
      ...{ profiles: this.keyOf(slotOf(UUID)), UUID },
      profile: isNothing ? '' : JSON.stringify({ Name, Picture }),
      mark: this.kinds.keep('account') === 0 ? '' : randomUUID(),
    });
  }

  /**
   * Tells of a change. A replica that dies in between tells it once more under the same mark, when the request is repeated: its
   * slot is another one than that of what is told.
   */
  async tell(UUID: string, mark: string): Promise<void> {
    const keepTold = this.kinds.keep('account');
    if (keepTold > 0) await tellProfile(this.redis, this.keys, { UUID, mark, keepTold });
    await noteTold(this.redis, { profiles: this.keyOf(slotOf(UUID)), UUID, mark });
  }

  /** Says nothing of a user any more. Idempotent. */
  async forget(UUID: string): Promise<void> {
    await this.redis.hdel(this.keyOf(slotOf(UUID)), UUID, `${UUID}:untold`);
  }

  private keyOf(slot: number): string {
    return this.keys.directoryOf(slot).profiles;
  }
}
