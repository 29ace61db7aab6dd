import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { RedisConnection } from '@parley/redis';
import { LOGGER, type Logger, REDIS } from '@parley/service-kit';
import { groupBy } from '../group-by.js';
import { ChannelKeys } from '../redis/keys.js';
import { UpkeepQueue } from '../retention/upkeep-queue.js';
import { type Received, receivedIn } from './received-member.js';
import { findGone } from './redis/find-gone.js';

/** A list is swept after so many messages in one of its channels. */
export const SWEPT_EVERY = 64;
/** Messages that one step looks at: less than 0.5 ms of Redis's time. */
const SAMPLE = 64;
/** With a larger share of messages that are gone among those of a step, another step follows. */
const CLEAN_SHARE = 1 / 4;

/**
 * Takes messages that their channels no longer keep out of the lists of received ones, as Redis finds expired keys: it looks at some at
 * random, and goes on while a quarter of them are gone. The log of a channel is trimmed by the step that appends to it, which cannot reach
 * the list in another slot. So a list has about a third more members than there are messages, at most, for one look at an old message for
 * each new one. A page leaves out what is gone in any case.
 */
@Injectable()
export class ReceivedSweeps implements OnModuleDestroy {
  private readonly queue: UpkeepQueue;

  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: ChannelKeys,
    @Inject(LOGGER) logger: Logger,
  ) {
    this.queue = new UpkeepQueue({
      step: (userUUID) => this.step(userUUID),
      onFailure: (err) => logger.warn({ err }, 'a list of received messages was not swept'),
    });
  }

  /** Sweeps a user's list soon. What fails, or dies with this process, is due again after later messages. */
  start(userUUID: string): void {
    this.queue.start(userUUID);
  }

  /** Sweeps until few of those that it looks at are gone. Rejects with Redis's error. */
  sweep(userUUID: string): Promise<void> {
    return this.queue.finish(userUUID);
  }

  onModuleDestroy(): void {
    this.queue.close();
  }

  /** Whether so few were gone that no other step is worth it. */
  private async step(userUUID: string): Promise<boolean> {
    const received = this.keys.received(userUUID);
    const members = (await this.redis.zrandmember(received, SAMPLE)) as string[];
    const sample = members.map((member) => ({ member, ...receivedIn(member) }));
    const gone = await this.goneOf(sample);
    if (gone.length === 0) return true;
    await this.redis.zrem(received, ...gone.map(({ member }) => member));
    return gone.length <= members.length * CLEAN_SHARE;
  }

  /** On a Cluster, each channel is a step. */
  private async goneOf<Message extends Received>(messages: readonly Message[]): Promise<Message[]> {
    const steps = groupBy(messages, ({ channelUUID }) => (this.redis.isCluster ? channelUUID : ''));
    const gone = await Promise.all([...steps.values()].map((some) => findGone(this.redis, this.keys, some)));
    return gone.flat();
  }
}
