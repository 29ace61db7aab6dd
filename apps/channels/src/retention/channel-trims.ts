import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { RedisConnection } from '@parley/redis';
import { LOGGER, type Logger, REDIS } from '@parley/service-kit';
import { ChannelKeys } from '../redis/keys.js';
import { RETENTION, type Retention } from '../redis/retention.js';
import { trimChannel } from './redis/trim-channel.js';
import { UpkeepQueue } from './upkeep-queue.js';

/** Deletes what channels keep no longer, beside the posts that find it due. */
@Injectable()
export class ChannelTrims implements OnModuleDestroy {
  private readonly queue: UpkeepQueue;

  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: ChannelKeys,
    @Inject(RETENTION) private readonly retention: Pick<Retention, 'messages'>,
    @Inject(LOGGER) logger: Logger,
  ) {
    this.queue = new UpkeepQueue({
      step: (channelUUID) => this.step(channelUUID),
      onFailure: (err, channelUUID) => logger.warn({ err, channelUUID }, 'a channel was not trimmed'),
    });
  }

  /** Trims a channel soon. What fails, or dies with this process, is due again at the next message. */
  start(channelUUID: string): void {
    this.queue.start(channelUUID);
  }

  /** Trims a part of a channel. Returns whether that was all. Rejects with Redis's error. */
  step(channelUUID: string): Promise<boolean> {
    return trimChannel(this.redis, this.keys, channelUUID, this.retention.messages);
  }

  onModuleDestroy(): void {
    this.queue.close();
  }
}
