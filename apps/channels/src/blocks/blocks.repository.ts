import { Inject, Injectable } from '@nestjs/common';
import { privateChannel } from '@parley/contracts';
import type { AppError } from '@parley/protocol';
import type { RedisConnection } from '@parley/redis';
import { REDIS } from '@parley/service-kit';
import { NEVER_LATE, tooLate } from '../redis/delivery.js';
import { ChannelKeys } from '../redis/keys.js';
import { blockedError } from './blocked-error.js';
import { noteBlock } from './redis/note-block.js';

/** One user and another, whom the first blocks. */
export interface Blocking {
  readonly user: string;
  readonly partner: string;
}

/** Who refuses whose messages, in the meta of their private channel. Rejects with Redis's errors. */
@Injectable()
export class BlocksRepository {
  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: ChannelKeys,
  ) {}

  /**
   * Notes a block under a mark, in place of an earlier one. From then on nothing is stored between the two.
   * @throws AppError UNAVAILABLE when it is late.
   */
  async note(blocking: Blocking, mark: string, deadline: number): Promise<void> {
    const noted = await noteBlock(this.redis, this.keys, { ...channelOf(blocking), mark, deadline });
    if (noted === 'LATE') throw tooLate();
  }

  /**
   * Takes a block back, whichever it is.
   * @throws AppError UNAVAILABLE when it is late.
   */
  async release(blocking: Blocking, deadline: number): Promise<void> {
    const released = await noteBlock(this.redis, this.keys, { ...channelOf(blocking), deadline });
    if (released === 'LATE') throw tooLate();
  }

  /** Takes back the block with this mark; a later one stays. */
  async undo(blocking: Blocking, mark: string): Promise<void> {
    const { deadline } = NEVER_LATE;
    await noteBlock(this.redis, this.keys, { ...channelOf(blocking), only: mark, deadline });
  }

  /** The mark of a block; undefined where there is none. */
  async markOf(blocking: Blocking): Promise<string | undefined> {
    return (await this.marks(channelOf(blocking).channelUUID, blocking.user)).own;
  }

  /** Why a user of a private channel may not write there; undefined for one who may. Scripts that store ask for themselves. */
  async refusalOf(channelUUID: string, user: string): Promise<AppError | undefined> {
    const { own, others } = await this.marks(channelUUID, user);
    if (own === undefined && others === undefined) return undefined;
    return blockedError(own !== undefined);
  }

  /** The marks of the blocks of a user and of the other one. */
  private async marks(channelUUID: string, user: string) {
    const fields = ['a', 'blockedByA', 'blockedByB'] as const;
    const [a, byA, byB] = await this.redis.hmget(this.keys.meta(channelUUID), ...fields);
    const [own, others] = a === user ? [byA, byB] : [byB, byA];
    return { own: own ?? undefined, others: others ?? undefined };
  }
}

const channelOf = ({ user, partner }: Blocking) => ({
  channelUUID: privateChannel(user, partner),
  user,
  partner,
});
