import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { ChannelsRetentionContract, ReplyOf, RequestTo } from '@parley/contracts';
import type { RedisConnection } from '@parley/redis';
import { OperatorPattern, REDIS } from '@parley/service-kit';
import { ChannelKeys } from '../redis/keys.js';
import { RETENTION, type Retention } from '../redis/retention.js';
import { ChannelTrims } from './channel-trims.js';
import { setRetention } from './redis/set-retention.js';
import { PAUSE_MS } from './upkeep-queue.js';

type Request<P extends keyof ChannelsRetentionContract> = RequestTo<ChannelsRetentionContract, P>;
type Reply<P extends keyof ChannelsRetentionContract> = Promise<ReplyOf<ChannelsRetentionContract, P>>;

/** How long one request trims at least, in milliseconds, unless it is done: far less than a request may take. */
const TRIMS_FOR_MS = 500;

/** Answers operators who say which messages a channel keeps. */
@Controller()
export class RetentionController {
  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: ChannelKeys,
    @Inject(RETENTION) private readonly byDefault: Pick<Retention, 'messages'>,
    private readonly trims: ChannelTrims,
  ) {}

  @OperatorPattern('channels.retention')
  async retention(
    @Payload() { channelUUID, change }: Request<'channels.retention'>,
  ): Reply<'channels.retention'> {
    const own = await setRetention(this.redis, this.keys, channelUUID, change);
    return { ...own, messagesByDefault: this.byDefault.messages };
  }

  @OperatorPattern('channels.trim')
  async trim(@Payload() { channelUUID }: Request<'channels.trim'>): Reply<'channels.trim'> {
    const endsAt = performance.now() + TRIMS_FOR_MS;
    let isDone = await this.trims.step(channelUUID);
    while (!isDone && performance.now() < endsAt) {
      await sleep(PAUSE_MS);
      isDone = await this.trims.step(channelUUID);
    }
    return { isDone };
  }
}
