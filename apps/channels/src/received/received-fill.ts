import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { inboxId, mayBePrivate } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { isRefusedWrite, type RedisConnection } from '@parley/redis';
import { REDIS } from '@parley/service-kit';
import pLimit from 'p-limit';
import { privateChannelsOf } from '../export/private-channels.js';
import { ChannelKeys } from '../redis/keys.js';
import { NOTED_AT_ONCE, ReceivedRepository } from './received.repository.js';
import { receivedMember } from './received-member.js';
import { listSent } from './redis/list-sent.js';
import { noteListed } from './redis/note-listed.js';

/** How long a request waits for a list at most, in milliseconds. The list is made beyond that. */
const WAITS_MS = 2_000;
/** The pause after a part of a channel or an inbox, in milliseconds: each takes Redis up to 2 ms. */
const PAUSE_MS = 4;
/** Lists that one replica makes at the same time. */
export const LISTS_AT_ONCE = 2;

/** An item of an inbox, as far as a list needs it. The version before the last had its message in it. */
interface StoredItem {
  readonly kind: string;
  readonly channelUUID: string;
  readonly UUID?: string;
  readonly message?: { readonly UUID: string };
}

/**
 * Completes lists of received messages. A list lacks messages that were stored before there were lists, and those that a replica of the
 * version before has put into the inbox beside this one. The inbox's meta tells: `listed` is then below `seq`, for the step that puts an
 * item in raises both only where they were equal. What is missing is in the inbox's items, or else in the channels.
 */
@Injectable()
export class ReceivedFill implements OnModuleDestroy {
  private readonly filling = new Map<string, Promise<void>>();
  private readonly limit = pLimit(LISTS_AT_ONCE);
  private isClosed = false;

  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: ChannelKeys,
    private readonly received: ReceivedRepository,
  ) {}

  /**
   * Resolves when the list of a user is complete. It may be asked for at any number of replicas at once. Rejects with Redis's error.
   * @throws AppError UNAVAILABLE where that takes longer, or Redis takes no writes now: ask again.
   */
  async complete(userUUID: string): Promise<void> {
    const filling = this.filling.get(userUUID) ?? this.begin(userUUID);
    const late = Symbol('late');
    const giveUp = new AbortController();
    const waited = sleep(WAITS_MS, late, { signal: giveUp.signal, ref: false }).catch(() => late);
    try {
      if ((await Promise.race([filling, waited])) === late) throw beingMade();
    } catch (error) {
      throw isRefusedWrite(error) ? beingMade(error) : error;
    } finally {
      giveUp.abort();
    }
  }

  onModuleDestroy(): void {
    this.isClosed = true;
  }

  private begin(userUUID: string): Promise<void> {
    const filling = this.limit(() => this.fill(userUUID)).finally(() => this.filling.delete(userUUID));
    this.filling.set(userUUID, filling);
    // Its failure is that of those who wait for it, who may have given up.
    filling.catch(() => undefined);
    return filling;
  }

  private async fill(userUUID: string): Promise<void> {
    while (!this.isClosed) {
      const [seq, listed] = await this.redis.hmget(this.keys.meta(inboxId(userUUID)), 'seq', 'listed');
      if (seq === listed || seq === null) return;
      const after = Number(listed ?? 0);
      if ((await this.oldestItem(userUUID)) <= after + 1) await this.takeItems(userUUID, after);
      else await this.walk(userUUID, seq!);
      await sleep(PAUSE_MS);
    }
  }

  /** The Seq of the oldest item that the inbox still has. Where it has none, the list cannot be made from items. */
  private async oldestItem(userUUID: string): Promise<number> {
    const [oldest] = await this.redis.xrange(this.keys.log(inboxId(userUUID)), '-', '+', 'COUNT', 1);
    return oldest === undefined ? Number.POSITIVE_INFINITY : Number.parseInt(oldest[0], 10);
  }

  /** Lists the messages of the items after a Seq, a part of them. */
  private async takeItems(userUUID: string, after: number): Promise<void> {
    const log = this.keys.log(inboxId(userUUID));
    const entries = await this.redis.xrange(log, `(${after}`, '+', 'COUNT', NOTED_AT_ONCE);
    const items = entries.map(([, [, json]]) => JSON.parse(json!) as StoredItem);
    const messages = items.filter(({ kind, channelUUID }) => kind === 'message' && mayBePrivate(channelUUID));
    const members = messages.flatMap(({ channelUUID, UUID, message }) => {
      const ofMessage = UUID ?? message?.UUID;
      return ofMessage === undefined ? [] : [receivedMember(ofMessage, channelUUID)];
    });
    const channels = [...new Set(messages.map(({ channelUUID }) => channelUUID))];
    await this.received.note(userUUID, members, await this.changedAmong(channels));
    const last = entries.at(-1);
    if (last !== undefined) await this.noteListed(userUUID, String(Number.parseInt(last[0], 10)));
  }

  /** Lists the messages of all private channels. Every item up to `seq` is of a message that is in its channel by now. */
  private async walk(userUUID: string, seq: string): Promise<void> {
    for (const { channelUUID, partnerUUID } of await privateChannelsOf(this.redis, this.keys, userUUID))
      if (partnerUUID !== userUUID) await this.walkChannel(userUUID, channelUUID);
    if (!this.isClosed) await this.noteListed(userUUID, seq);
  }

  private async walkChannel(userUUID: string, channelUUID: string): Promise<void> {
    let after: number | undefined = 0;
    while (after !== undefined && !this.isClosed) {
      const what = { userUUID, channelUUID, after, most: NOTED_AT_ONCE };
      const part = await listSent(this.redis, this.keys, what);
      const members = part.UUIDs.map((UUID) => receivedMember(UUID, channelUUID));
      await this.received.note(userUUID, members, part.hasChanges ? [channelUUID] : []);
      after = part.after;
      if (after !== undefined) await sleep(PAUSE_MS);
    }
  }

  private noteListed(userUUID: string, seq: string): Promise<void> {
    return noteListed(this.redis, this.keys, { userUUID, seq });
  }

  /** A change that is made from now on is noted before it is made. */
  private async changedAmong(channels: readonly string[]): Promise<string[]> {
    const changes = await Promise.all(
      channels.map((channelUUID) => this.redis.hget(this.keys.meta(channelUUID), 'changes')),
    );
    return channels.filter((_, at) => changes[at] !== null);
  }
}

const beingMade = (cause?: unknown): AppError =>
  new AppError('UNAVAILABLE', {
    message: 'The list of received messages is being made. Ask again.',
    retryAfterMs: 1_000,
    ...(cause !== undefined && { cause }),
  });
