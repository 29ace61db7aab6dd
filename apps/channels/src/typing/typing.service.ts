import { Inject, Injectable } from '@nestjs/common';
import { type ChannelTarget, encodePublished, type Identity } from '@parley/contracts';
import type { ServerFrameOf } from '@parley/protocol';
import type { RedisConnection } from '@parley/redis';
import { REDIS } from '@parley/service-kit';
import { BlocksRepository } from '../blocks/blocks.repository.js';
import { ChannelsService } from '../channels.service.js';
import { ChannelKeys } from '../redis/keys.js';

/** Who is writing a message. It is published and stored nowhere. */
@Injectable()
export class TypingService {
  constructor(
    private readonly channels: ChannelsService,
    private readonly blocks: BlocksRepository,
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: ChannelKeys,
  ) {}

  /**
   * Tells the members of a channel who count Seqs that a user is writing in it.
   * @throws AppError as {@link ChannelsService.findToWrite}, BLOCKED, and Redis's errors.
   */
  async tell(user: Identity, target: ChannelTarget): Promise<void> {
    const { channelUUID, kind } = await this.channels.findToWrite(user, target);
    const refusal = kind === 'private' ? await this.blocks.refusalOf(channelUUID, user.UUID) : undefined;
    if (refusal !== undefined) throw refusal;
    const frame: ServerFrameOf<'typing'> = {
      type: 'typing',
      typing: { channelUUID, userUUID: user.UUID, username: user.Username },
    };
    const publish = this.redis.isCluster ? 'spublish' : 'publish';
    await this.redis[publish](this.keys.frames(channelUUID), encodePublished(0, JSON.stringify(frame)));
  }
}
