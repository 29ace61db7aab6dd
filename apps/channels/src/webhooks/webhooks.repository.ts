import { Inject, Injectable } from '@nestjs/common';
import type { WebhookDelivery } from '@parley/contracts';
import type { RedisConnection } from '@parley/redis';
import { REDIS, TurnBatch } from '@parley/service-kit';
import { ChannelKeys } from '../redis/keys.js';
import { type DeliveryRecord, deliveryIn } from './delivery-record.js';
import { type Claim, claimWebhook } from './redis/claim-webhook.js';
import { type Mark, markWebhooks } from './redis/mark-webhooks.js';
import { noteDeliveries } from './redis/note-deliveries.js';
import { rewindWebhook } from './redis/rewind-webhook.js';
import { againMember, againPrefix, type EventPlace, sendAgain } from './redis/send-again.js';
import { type Settled, settleWebhook } from './redis/settle-webhook.js';
import type { WebhookLine } from './webhook-line.js';
import { positionText, reached, readPosition, UNKNOWN_EPOCH } from './webhook-position.js';

/** Logs that are noted in one step of Redis, and deliveries. */
export const MARKED_AT_ONCE = 64;
/** Entries that are set aside for one webhook, about; the oldest go first. */
export const SET_ASIDE = 10_000;
/** Deliveries of one webhook that are recorded; the oldest go first. */
export const DELIVERIES_KEPT = 2_000;
/** Logs that are asked since when they fail. */
const ASKED_ABOUT_FAILURE = 100;

/** An entry that a webhook did not take in time. It has no text: the log has that. */
export interface SetAside extends EventPlace {
  readonly epoch: string;
  /** Of the event; empty for what the version before has set aside. */
  readonly id: string;
  /** Why, in a few words. */
  readonly reason: string;
}

/** The same, with its place among those that were set aside. */
export interface ListedAside extends SetAside {
  readonly place: string;
}

/** A delivery, and the number of its newest attempt. */
export interface NumberedDelivery {
  readonly number: number;
  readonly delivery: WebhookDelivery;
}

/** How far webhooks have come, in Redis. Rejects with Redis's errors. */
@Injectable()
export class WebhooksRepository {
  private readonly marking = new Map<WebhookLine['of'], TurnBatch<Mark, undefined>>();
  private readonly noting = new TurnBatch<{ id: string; json: string }, undefined>(async (name, noted) => {
    await noteDeliveries(this.redis, this.keys, name, { noted, most: DELIVERIES_KEPT });
    return [];
  }, MARKED_AT_ONCE);

  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: ChannelKeys,
  ) {}

  /** Notes that a log has a new entry. What is noted in one turn is one step. */
  async mark({ name, of }: WebhookLine, mark: Mark): Promise<void> {
    const batch = this.marking.get(of) ?? this.batchFor(of);
    await batch.add(name, mark);
  }

  claim(line: WebhookLine, ms: number): Promise<Claim | number> {
    return claimWebhook(this.redis, this.keys, line, ms);
  }

  settle(line: WebhookLine, settled: Settled): Promise<Claim | undefined> {
    return settleWebhook(this.redis, this.keys, line, settled);
  }

  /** Has a webhook begin again in a log, after the entry with that Seq. */
  rewind(line: WebhookLine, log: string, seq: number): Promise<void> {
    const at = positionText(reached(UNKNOWN_EPOCH, seq));
    return rewindWebhook(this.redis, this.keys, line, { log, at });
  }

  async setAside(name: string, { log, epoch, seq, reason, id }: SetAside): Promise<void> {
    const entry = ['c', log, 'e', epoch, 's', seq, 'r', reason, 'i', id];
    await this.redis.xadd(this.keys.webhook(name, 'aside'), 'MAXLEN', '~', SET_ASIDE, '*', ...entry);
  }

  /** The newest entries that were set aside, the newest first. */
  async listAside(name: string, most: number): Promise<ListedAside[]> {
    return (await this.redis.xrevrange(this.keys.webhook(name, 'aside'), '+', '-', 'COUNT', most)).map(
      asideIn,
    );
  }

  /** Entries that were set aside, the oldest first, from behind a place. */
  async asideAfter(name: string, place: string, most: number): Promise<ListedAside[]> {
    const from = place === '' ? '-' : `(${place}`;
    return (await this.redis.xrange(this.keys.webhook(name, 'aside'), from, '+', 'COUNT', most)).map(asideIn);
  }

  countAside(name: string): Promise<number> {
    return this.redis.xlen(this.keys.webhook(name, 'aside'));
  }

  /** Has a webhook be sent events again that were set aside. Where that is cut off, some are sent again and stay set aside. */
  async sendAside(name: string, aside: readonly ListedAside[]): Promise<void> {
    if (aside.length === 0) return;
    await sendAgain(this.redis, this.keys, name, aside);
    await this.redis.xdel(this.keys.webhook(name, 'aside'), ...aside.map(({ place }) => place));
  }

  /** Has a webhook be sent an event again. */
  sendAgain(name: string, event: EventPlace): Promise<void> {
    return sendAgain(this.redis, this.keys, name, [event]);
  }

  /** The Seqs of a log whose events are sent again, the lowest first. */
  async againIn(name: string, log: string, most: number): Promise<number[]> {
    const prefix = againPrefix(log);
    const range = [`[${prefix}`, `(${prefix}~`, 'LIMIT', 0, most] as const;
    const members = await this.redis.zrangebylex(this.keys.webhook(name, 'again'), ...range);
    return members.map((member) => Number(member.slice(prefix.length)));
  }

  /** An event was sent again. */
  async againDone(name: string, event: EventPlace): Promise<void> {
    await this.redis.zrem(this.keys.webhook(name, 'again'), againMember(event));
  }

  /** Records how far a delivery has come. What is recorded in one turn is one step. */
  async noteDelivery(name: string, id: string, record: DeliveryRecord): Promise<void> {
    await this.noting.add(name, { id, json: JSON.stringify(record) });
  }

  /** Deliveries, those with the newest attempt first, below a number. */
  async deliveries(name: string, below: number | undefined, most: number): Promise<NumberedDelivery[]> {
    const highest = below === undefined ? '+inf' : `(${below}`;
    const recent = this.keys.webhook(name, 'recent');
    const found = await this.redis.zrevrangebyscore(recent, highest, '-inf', 'WITHSCORES', 'LIMIT', 0, most);
    const ids = found.filter((_, at) => at % 2 === 0);
    if (ids.length === 0) return [];
    const records = await this.redis.hmget(this.keys.webhook(name, 'deliveries'), ...ids);
    return ids.flatMap((id, at) => {
      const json = records[at];
      return json ? [{ number: Number(found[2 * at + 1]), delivery: deliveryIn(id, json) }] : [];
    });
  }

  /** The delivery of an event; undefined for one that is not recorded, or not any more. */
  async delivery(name: string, id: string): Promise<WebhookDelivery | undefined> {
    const json = id === '' ? null : await this.redis.hget(this.keys.webhook(name, 'deliveries'), id);
    return json ? deliveryIn(id, json) : undefined;
  }

  /** How many logs of a line have entries that a webhook has not got. */
  waiting(line: WebhookLine): Promise<number> {
    return this.redis.zcard(this.keys.webhookLine(line)[0]);
  }

  /** Since when a line fails, in ms since 1970, as far as the logs tell that are due next; undefined where none of them does. */
  async failingSince(line: WebhookLine): Promise<number | undefined> {
    const [due, , at] = this.keys.webhookLine(line);
    const logs = await this.redis.zrange(due, 0, String(ASKED_ABOUT_FAILURE - 1));
    if (logs.length === 0) return undefined;
    const positions = await this.redis.hmget(at, ...logs);
    const since = positions.map((text) => readPosition(text ?? '').since).filter((ms) => ms > 0);
    return since.length === 0 ? undefined : Math.min(...since);
  }

  private batchFor(of: WebhookLine['of']): TurnBatch<Mark, undefined> {
    const batch = new TurnBatch<Mark, undefined>(async (name, marks) => {
      await markWebhooks(this.redis, this.keys, { name, of }, marks);
      return [];
    }, MARKED_AT_ONCE);
    this.marking.set(of, batch);
    return batch;
  }
}

/** An entry of `aside`. The version before has set no id. */
const asideIn = ([place, [, log, , epoch, , seq, , reason, , id = '']]: [string, string[]]): ListedAside => ({
  ...{ place, log: log!, epoch: epoch!, seq: Number(seq), reason: reason!, id },
});
