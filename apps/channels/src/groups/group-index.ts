import { Inject, Injectable } from '@nestjs/common';
import { AppError } from '@parley/protocol';
import type { RedisConnection } from '@parley/redis';
import { REDIS } from '@parley/service-kit';
import { ChannelKeys } from '../redis/keys.js';
import { recordOf } from '../redis/retention.js';
import { GROUP_LIMITS, type GroupLimits } from './group-limits.js';
import { dropGroup } from './redis/drop-group.js';
import { noteGroup } from './redis/note-group.js';

/** How long a request that makes a group is remembered, in seconds: as long as a post with a `clientUUID`, by default. */
const REMEMBERED_SECONDS = 86_400;

/** Groups of a user that are looked at in search of those that the user is not in any more. */
const PRUNED_AT_ONCE = 100;

/**
 * Which groups a user is in, and which are public: lists that lie in other slots than the groups, which alone tell the truth. A
 * group is noted before its own step and once more after it, and dropped only after a look at the group. So a replica that dies
 * between two steps leaves a group too many in a list, never one too few; it is dropped when the list is read.
 */
@Injectable()
export class GroupIndex {
  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: ChannelKeys,
    @Inject(GROUP_LIMITS) private readonly limits: GroupLimits,
  ) {}

  /** A user is about to be in a group. @throws AppError LIMIT_REACHED for one who is in as many as a user may be. */
  async note(userUUID: string, channelUUID: string): Promise<void> {
    const noted = { userUUID, channelUUID, most: this.limits.groupsPerUser };
    if (await noteGroup(this.redis, this.keys, noted)) return;
    for (const id of await this.groupsOf(userUUID, undefined, PRUNED_AT_ONCE))
      await this.settle(userUUID, id);
    if (!(await noteGroup(this.redis, this.keys, noted))) throw new AppError('LIMIT_REACHED');
  }

  /** Has the list of a user say what the group says. @returns whether the user is a member. */
  async settle(userUUID: string, channelUUID: string): Promise<boolean> {
    if (!(await this.isMember(userUUID, channelUUID))) {
      await dropGroup(this.redis, this.keys, userUUID, channelUUID);
      // Somebody may have invited the user since the look.
      if (!(await this.isMember(userUUID, channelUUID))) return false;
    }
    await this.redis.zadd(this.keys.groupsOf(userUUID), 0, channelUUID);
    return true;
  }

  /** The groups of a user, the newest first, from after `cursor` on. */
  groupsOf(userUUID: string, cursor: string | undefined, limit: number): Promise<string[]> {
    return this.page(this.keys.groupsOf(userUUID), cursor, limit);
  }

  /**
   * The id of the group that a request makes: for a day, that of the first time that it came.
   * @param request names it among those of its user; empty for one that never comes again.
   * @param channelUUID the id, if it comes for the first time.
   */
  async idFor(userUUID: string, request: string, channelUUID: string): Promise<string> {
    if (request === '') return channelUUID;
    const key = this.keys.madeBy(recordOf(userUUID, request));
    const isNew = await this.redis.set(key, channelUUID, 'EX', REMEMBERED_SECONDS, 'NX');
    return isNew === null ? ((await this.redis.get(key)) ?? channelUUID) : channelUUID;
  }

  /**
   * Has the list of public groups say what a group says. Another may change or purge the group meanwhile: so it is looked at after the
   * list is written, until that was right.
   */
  async settlePublic(channelUUID: string, isPublic: () => Promise<boolean>): Promise<void> {
    for (let shown = await isPublic(); ; shown = !shown) {
      await (shown ? this.publish(channelUUID) : this.unpublish(channelUUID));
      if ((await isPublic()) === shown) return;
    }
  }

  /** Notes a public group. */
  async publish(channelUUID: string): Promise<void> {
    await this.redis.zadd(this.keys.publicGroups(), 0, channelUUID);
  }

  /** Drops a group from the public ones. */
  async unpublish(channelUUID: string): Promise<void> {
    await this.redis.zrem(this.keys.publicGroups(), channelUUID);
  }

  /** The public groups, the newest first, from after `cursor` on. */
  publicGroups(cursor: string | undefined, limit: number): Promise<string[]> {
    return this.page(this.keys.publicGroups(), cursor, limit);
  }

  private page(key: string, cursor: string | undefined, limit: number): Promise<string[]> {
    return this.redis.zrevrangebylex(key, cursor === undefined ? '+' : `(${cursor}`, '-', 'LIMIT', 0, limit);
  }

  private async isMember(userUUID: string, channelUUID: string): Promise<boolean> {
    return (await this.redis.hexists(this.keys.members(channelUUID), userUUID)) === 1;
  }
}
