import { Inject, Injectable } from '@nestjs/common';
import type { RedisConnection } from '@parley/redis';
import { REDIS } from '@parley/service-kit';
import { GroupIndex } from './groups/group-index.js';
import { InboxService } from './inbox.service.js';
import { ChannelKeys } from './redis/keys.js';

/** Members of the largest group whose members know of each other's presence. */
export const ACQUAINTED_MEMBERS = 1_000;
/** Groups of one user that are looked at, the newest first. */
const GROUPS_AT_ONCE = 100;

/** Knows with whom a user shares a channel: presence goes to them. */
@Injectable()
export class Acquaintances {
  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: ChannelKeys,
    private readonly inboxes: InboxService,
    private readonly groups: GroupIndex,
  ) {}

  /**
   * The partners of private channels in which the user has a place, then the members of the user's newest groups that are not
   * too large: at most `most` in all, without the user.
   */
  async of(user: string, most: number): Promise<string[]> {
    const known = new Set(await this.inboxes.partnersOf(user, most));
    const groups = known.size < most ? await this.groups.groupsOf(user, undefined, GROUPS_AT_ONCE) : [];
    for (const channelUUID of groups) {
      if (known.size >= most) break;
      for (const member of await this.membersOf(channelUUID, user)) known.add(member);
    }
    known.delete(user);
    return [...known].slice(0, most);
  }

  /** The list of a user may have a group that the user is not in any more. */
  private async membersOf(channelUUID: string, user: string): Promise<string[]> {
    const key = this.keys.members(channelUUID);
    const [count, isMember] = await Promise.all([this.redis.hlen(key), this.redis.hexists(key, user)]);
    return isMember === 1 && count <= ACQUAINTED_MEMBERS ? this.redis.hkeys(key) : [];
  }
}
