import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { RedisConnection } from '@parley/redis';
import { LOGGER, type Logger, REDIS } from '@parley/service-kit';
import pLimit from 'p-limit';
import { ChannelKeys } from '../redis/keys.js';
import { RETENTION, type Retention } from '../redis/retention.js';
import { trimChannel } from './redis/trim-channel.js';

/** Channels that wait to be trimmed, at most. A further one is trimmed after a later message. */
export const TRIMS_WAITING = 1_000;
/** The pause between two steps, in milliseconds: each takes Redis up to about 1 ms. */
export const PAUSE_MS = 10;

/** Deletes what channels keep no longer, beside the posts that find it due. One channel after the other, in short steps. */
@Injectable()
export class ChannelTrims implements OnModuleDestroy {
  private readonly waiting = new Set<string>();
  private readonly limit = pLimit(1);
  private isClosed = false;

  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: ChannelKeys,
    @Inject(RETENTION) private readonly retention: Pick<Retention, 'messages'>,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Trims a channel soon. What fails, or dies with this process, is due again at the next message. */
  start(channelUUID: string): void {
    if (this.waiting.has(channelUUID) || this.waiting.size >= TRIMS_WAITING) return;
    this.waiting.add(channelUUID);
    void this.limit(() => this.trim(channelUUID))
      .catch((error: unknown) => this.logger.warn({ err: error, channelUUID }, 'a channel was not trimmed'))
      .finally(() => this.waiting.delete(channelUUID));
  }

  /** Trims a part of a channel. Returns whether that was all. Rejects with Redis's error. */
  step(channelUUID: string): Promise<boolean> {
    return trimChannel(this.redis, this.keys, channelUUID, this.retention.messages);
  }

  onModuleDestroy(): void {
    this.isClosed = true;
  }

  private async trim(channelUUID: string): Promise<void> {
    while (!this.isClosed && !(await this.step(channelUUID))) await sleep(PAUSE_MS);
  }
}
