import { Inject, Injectable } from '@nestjs/common';
import type { RedisConnection } from '@parley/redis';
import { REDIS, TurnBatch } from '@parley/service-kit';
import { ChannelKeys } from '../redis/keys.js';
import { type Claim, claimWebhook } from './redis/claim-webhook.js';
import { type Mark, markWebhooks } from './redis/mark-webhooks.js';
import { rewindWebhook } from './redis/rewind-webhook.js';
import { type Settled, settleWebhook } from './redis/settle-webhook.js';
import { positionText, reached, UNKNOWN_EPOCH } from './webhook-position.js';

/** Channels that are noted in one step of Redis. */
export const MARKED_AT_ONCE = 64;
/** Entries that are set aside for one webhook, about; the oldest go first. */
export const SET_ASIDE = 10_000;

/** An entry that a webhook did not take in time. It has no text: the channel's log has that. */
export interface SetAside {
  readonly channelUUID: string;
  readonly epoch: string;
  readonly seq: number;
  /** Why, in a few words. */
  readonly reason: string;
}

/** How far webhooks have come, in Redis. Rejects with Redis's errors. */
@Injectable()
export class WebhooksRepository {
  private readonly marking = new TurnBatch<Mark, undefined>(async (name, marks) => {
    await markWebhooks(this.redis, this.keys, name, marks);
    return [];
  }, MARKED_AT_ONCE);

  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: ChannelKeys,
  ) {}

  /** Notes that a channel has a new entry. What is noted in one turn is one step. */
  async mark(name: string, mark: Mark): Promise<void> {
    await this.marking.add(name, mark);
  }

  claim(name: string, ms: number): Promise<Claim | number> {
    return claimWebhook(this.redis, this.keys, name, ms);
  }

  settle(name: string, settled: Settled): Promise<Claim | undefined> {
    return settleWebhook(this.redis, this.keys, name, settled);
  }

  /** Has a webhook begin again in a channel, after the entry with that Seq. */
  rewind(name: string, channelUUID: string, seq: number): Promise<void> {
    const at = positionText(reached(UNKNOWN_EPOCH, seq));
    return rewindWebhook(this.redis, this.keys, name, { channelUUID, at });
  }

  async setAside(name: string, { channelUUID, epoch, seq, reason }: SetAside): Promise<void> {
    const entry = ['c', channelUUID, 'e', epoch, 's', seq, 'r', reason];
    await this.redis.xadd(this.keys.webhook(name, 'aside'), 'MAXLEN', '~', SET_ASIDE, '*', ...entry);
  }

  /** The newest entries that were set aside, the newest first. */
  async listAside(name: string, most: number): Promise<SetAside[]> {
    const entries = await this.redis.xrevrange(this.keys.webhook(name, 'aside'), '+', '-', 'COUNT', most);
    return entries.map(([, [, channelUUID, , epoch, , seq, , reason]]) => ({
      ...{ channelUUID: channelUUID!, epoch: epoch!, seq: Number(seq), reason: reason! },
    }));
  }

  /** How many channels have entries that a webhook has not got. */
  waiting(name: string): Promise<number> {
    return this.redis.zcard(this.keys.webhook(name, 'due'));
  }
}
