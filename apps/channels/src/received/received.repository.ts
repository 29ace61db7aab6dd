import { Inject, Injectable } from '@nestjs/common';
import { inboxId } from '@parley/contracts';
import type { RedisConnection } from '@parley/redis';
import { REDIS } from '@parley/service-kit';
import { ifWritable } from '../if-writable.js';
import { ChannelKeys } from '../redis/keys.js';
import { type Received, receivedIn } from './received-member.js';

/** A received message, as its user's list has it. */
export interface ListedMessage extends Received {
  readonly member: string;
  /** Whether its channel may have changes, so that the log alone does not show the message as it is now. */
  readonly mayBeChanged: boolean;
  /** How many messages of the channel the user has read. Where the channel has no changes, that is a Seq. */
  readonly read: number;
}

/** Messages that are noted for a user at once at most. */
export const NOTED_AT_ONCE = 500;

/** The lists of received messages in Redis. Rejects with Redis's errors. */
@Injectable()
export class ReceivedRepository {
  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: ChannelKeys,
  ) {}

  /**
   * The newest received messages of a user that are older than that of a member, the newest first; `undefined` where the list may
   * lack some. Changes nothing. Two steps, both in the slot of the user's inbox.
   */
  async page(
    userUUID: string,
    before: string | undefined,
    most: number,
  ): Promise<ListedMessage[] | undefined> {
    const meta = this.keys.meta(inboxId(userUUID));
    const from = before === undefined ? '+' : `(${before}`;
    // In this order: what is missing in the list after a look at meta came after it.
    const [[seq, listed], members] = await Promise.all([
      this.redis.hmget(meta, 'seq', 'listed'),
      this.redis.zrevrangebylex(this.keys.received(userUUID), from, '-', 'LIMIT', 0, most),
    ]);
    if (seq !== null && seq !== listed) return undefined;
    return members.length === 0 ? [] : this.described(userUUID, members);
  }

  /** What else a page needs of each message. */
  private async described(userUUID: string, members: readonly string[]): Promise<ListedMessage[]> {
    const received = members.map((member) => ({ member, ...receivedIn(member) }));
    const channels = [...new Set(received.map(({ channelUUID }) => channelUUID))];
    const [changed, places] = await Promise.all([
      this.redis.smismember(this.keys.receivedChanged(userUUID), ...channels),
      this.redis.hmgetBuffer(this.keys.meta(inboxId(userUUID)), ...channels),
    ]);
    const at = new Map(channels.map((channelUUID, n) => [channelUUID, n]));
    return received.map((message) => {
      const n = at.get(message.channelUUID)!;
      return { ...message, mayBeChanged: changed[n] === 1, read: cursorIn(places[n]) };
    });
  }

  /** Takes messages that are gone out of a user's list, where Redis takes writes: they are never there again. */
  async drop(userUUID: string, members: readonly string[]): Promise<void> {
    if (members.length > 0) await ifWritable(this.redis.zrem(this.keys.received(userUUID), ...members));
  }

  /** Notes received messages, at most {@link NOTED_AT_ONCE}, and channels that have changes. May be repeated. */
  async note(
    userUUID: string,
    members: readonly string[],
    changedChannels: readonly string[],
  ): Promise<void> {
    if (changedChannels.length > 0)
      await this.redis.sadd(this.keys.receivedChanged(userUUID), ...changedChannels);
    const scored = members.flatMap((member) => [0, member]);
    if (scored.length > 0) await this.redis.zadd(this.keys.received(userUUID), ...scored);
  }
}

/** Where a place in an inbox says how many messages its user has read: see positions.lua. */
const CURSOR_AT = 8;

const cursorIn = (place: Buffer | null | undefined): number =>
  place ? Number(place.readBigUInt64BE(CURSOR_AT)) : 0;
