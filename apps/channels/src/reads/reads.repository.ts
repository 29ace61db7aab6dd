import { Inject, Injectable } from '@nestjs/common';
import type { MemberRead } from '@parley/contracts';
import type { RedisConnection } from '@parley/redis';
import { REDIS, TurnBatch } from '@parley/service-kit';
import { ChannelKeys } from '../redis/keys.js';
import { type MovedRead, moveReads, type ReadToMove } from './redis/move-reads.js';
import { readReads } from './redis/read-reads.js';

/** Positions that one script call moves at most: about 1 ms of Redis's time. */
export const MOVED_AT_ONCE = 64;
/** Channels of which one script call reads the positions at most: about 1 ms of Redis's time with the most members. */
export const READ_AT_ONCE = 16;

/** How far users have read, in Redis. Rejects with Redis's errors. */
@Injectable()
export class ReadsRepository {
  private readonly moving = new TurnBatch<ReadToMove, MovedRead | Error>(
    (_, reads) => moveReads(this.redis, this.keys, reads),
    MOVED_AT_ONCE,
  );
  private readonly reading = new TurnBatch<string, MemberRead[] | undefined | Error>(
    (_, channels) => readReads(this.redis, this.keys, channels),
    READ_AT_ONCE,
  );

  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: ChannelKeys,
  ) {}

  /**
   * Moves a position, never back. Those of one turn are one step; on a Cluster, those of one channel.
   * @throws AppError FORBIDDEN for a group that is not the user's.
   */
  async move(read: ReadToMove): Promise<MovedRead> {
    const moved = await this.moving.add(this.slotOf(read.channelUUID), read);
    if (moved instanceof Error) throw moved;
    return moved;
  }

  /** How far the members of a channel have read; `undefined` for one that does not show it. */
  async of(channelUUID: string): Promise<readonly MemberRead[] | undefined> {
    const reads = await this.reading.add(this.slotOf(channelUUID), channelUUID);
    if (reads instanceof Error) throw reads;
    return reads;
  }

  /** Names what one step can hold: everything, or one channel on a Cluster. */
  private slotOf(channelUUID: string): string {
    return this.redis.isCluster ? channelUUID : '';
  }
}
