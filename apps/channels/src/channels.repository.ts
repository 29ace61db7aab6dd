import { hash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { type JoiningConnection, mayBePrivate } from '@parley/contracts';
import { AppError, LIMITS } from '@parley/protocol';
import type { RedisConnection } from '@parley/redis';
import { REDIS, TurnBatch } from '@parley/service-kit';
import { LRUCache } from 'lru-cache';
import type { Channel } from './channel.js';
import { GatewayChannels } from './gateway-channels.js';
import { GrowingPage } from './growing-page.js';
import { LargeReads, SLICE_BYTES, SLICE_PAUSE_MS } from './large-reads.js';
import { type Delivery, NEVER_LATE } from './redis/delivery.js';
import { type ForgottenConnections, forgetConnections } from './redis/forget-connections.js';
import {
  type ChannelToJoin,
  entryOf,
  type JoinOutcome,
  type JoinSnapshot,
  joinChannels,
} from './redis/join-channels.js';
import { ChannelKeys, readField } from './redis/keys.js';
import { type ChannelToLeave, type Left, leaveChannels } from './redis/leave-channels.js';
import type { CountedPosition } from './redis/log-state.js';
import { readHistory } from './redis/read-history.js';

/** Pairs kept at most. A channel's id is made from its pair, so a pair never changes. About 250 bytes each. */
export const PAIRS_KEPT = 50_000;
/** Connections of an ended gateway that one script call forgets: 0.7 ms of Redis's time as measured. */
const FORGOTTEN_AT_ONCE = 200;
/** Joins of one script call at most: about 1 ms of Redis's time. */
export const JOINED_AT_ONCE = 32;
/** Bytes of messages in the answer to one join at most, as in a page of the history. */
export const JOIN_BYTES = 256 * 1024;
/** Bytes of messages that one script call reads for joins, about: less than 2 ms of Redis's time. Those that have no room come with the next. */
const READ_FOR_JOINS_BYTES = 4 * SLICE_BYTES;
/** Leaves of one script call at most: about 1 ms of Redis's time. */
export const LEFT_AT_ONCE = 128;
/** Channels that are asked at once at most whether a user has joined them. */
const ASKED_AT_ONCE = 256;
/** Hex digits of the mark that tells one request of a connection from its next. */
const MARK_DIGITS = 8;

/** A connection that joins, with the frame that tells the members. */
export interface Joining {
  readonly channel: Channel;
  readonly user: string;
  readonly connection: JoiningConnection;
  readonly frame: string;
}

/** Users whose connections left a private channel or a group with their gateway, and where the channel stood then. */
export interface LeftByGateway {
  readonly channelUUID: string;
  readonly users: readonly string[];
  readonly position: CountedPosition;
}

/** The order of a leave, and the entry of the only join that it undoes, if it undoes one only. */
export type Leaving = Pick<Delivery, 'order'> & { readonly only?: string };

/** A join as it was made: `entry` is what undoes this one only. */
export interface JoinedChannel extends JoinSnapshot {
  readonly entry: string;
}

/** The channels in Redis: pairs, joined connections, fan-out. Rejects with Redis's errors, FORBIDDEN, or UNAVAILABLE when it is late. */
@Injectable()
export class ChannelsRepository {
  private readonly joining = new TurnBatch<ChannelToJoin, JoinOutcome>(
    (_, joins) => this.joinTogether(joins),
    JOINED_AT_ONCE,
  );
  private readonly leaving = new TurnBatch<ChannelToLeave, Left | Error>(
    (_, leaves) => leaveChannels(this.redis, this.keys, leaves),
    LEFT_AT_ONCE,
  );
  private readonly pairs = new LRUCache<string, readonly [string, string]>({ max: PAIRS_KEPT });

  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: ChannelKeys,
    private readonly gatewayChannels: GatewayChannels,
    private readonly large: LargeReads,
  ) {}

  /** The two users of a private channel; `undefined` for one that was never joined or written to. */
  async findPair(channelUUID: string): Promise<readonly [string, string] | undefined> {
    const known = this.pairs.get(channelUUID);
    if (known !== undefined) return known;
    const [a, b] = await this.redis.hmget(this.keys.meta(channelUUID), 'a', 'b');
    if (!a || !b) return undefined;
    this.pairs.set(channelUUID, [a, b]);
    return [a, b];
  }

  /**
   * Joins a connection and takes the snapshot; tells the members once per request. The joins of one turn are one step. On a
   * Cluster, where each channel lies in its own slot, those of one channel are. Large ones follow each other, and have a slice of
   * their messages: see {@link messagesOf}. Where Redis takes
   * no writes, the snapshot is taken and nothing is noted. Throws {@link NotAMember} for a public group that the user is no member of.
   */
  async join(
    { channel, user, connection, frame }: Joining,
    requestId: string,
    messages: number,
    delivery: Delivery = NEVER_LATE,
  ): Promise<JoinedChannel> {
    const { channelUUID, kind, recipientUUID: partner } = channel;
    const mark = hash('sha256', requestId).slice(0, MARK_DIGITS);
    // Noted before the join, so that a crash after it leaves nothing that the end of the gateway would not find.
    const isToNote = await this.gatewayChannels.note(connection.gatewayId, channelUUID);
    const join = { channelUUID, kind, partner, user, connection, mark, isToNote, messages, frame, delivery };
    const snapshot = await this.joinInTurn(join);
    if (snapshot instanceof Error) {
      // Anybody may ask for any group: none that is not joined stays noted.
      if (kind === 'group')
        await this.leave(channelUUID, connection, frame, { ...delivery, only: entryOf(join) });
      throw snapshot;
    }
    // And again after it: see `GatewayChannels`. Without that the join may not be found, so the gateway has to undo it.
    if (snapshot.isNoted && !(await this.gatewayChannels.note(connection.gatewayId, channelUUID)))
      throw new AppError('UNAVAILABLE', { retryAfterMs: 1_000 });
    return { ...snapshot, entry: entryOf(join) };
  }

  /**
   * The messages of a join, the newest first: those of the snapshot, and where it is cut, older ones that are read now.
   * @param limit how many are wanted. Rejects with Redis's error, and as `readHistory` does.
   */
  async messagesOf(
    { channelUUID }: Channel,
    user: string,
    limit: number,
    { messages, isCut }: JoinSnapshot,
  ): Promise<readonly string[]> {
    if (!isCut) return messages;
    const range = {
      channelUUID,
      user,
      after: undefined,
      before: undefined,
      offset: 0,
      limit,
      bytes: JOIN_BYTES,
    };
    const part = { total: 0, hasMore: true, messages: messages.toReversed() };
    const growing = new GrowingPage(range, part);
    await this.large.inSlices(() => growing.grow((slice) => readHistory(this.redis, this.keys, slice)));
    return growing.page.messages.toReversed();
  }

  /**
   * Leaves, and tells the members if the connection had joined. A join that is later than the leave stays, and with `only`
   * every other than that one. The leaves of one turn are one step, as joins are.
   * @returns what is left, and where a private channel or a group stood then.
   */
  async leave(
    channelUUID: string,
    connection: JoiningConnection,
    frame: string,
    { order, only }: Leaving = NEVER_LATE,
  ): Promise<Left> {
    const { gatewayId } = connection;
    const mark = await this.gatewayChannels.markOf(gatewayId, channelUUID);
    const left = await this.leaving.add(this.slotOf(channelUUID), {
      ...{ channelUUID, connection, frame, order, only },
    });
    if (left instanceof Error) throw left;
    if (left.ofGateway === 0) await this.gatewayChannels.forget(gatewayId, channelUUID, mark);
    return left;
  }

  /**
   * Removes every connection of a gateway that has ended from every channel, and tells who left which private channel or group. May be
   * called again after a crash.
   */
  async forgetGateway(
    gatewayId: string,
    tell: (left: LeftByGateway) => Promise<void> = () => Promise.resolve(),
  ): Promise<void> {
    for await (const channels of this.gatewayChannels.pages(gatewayId))
      for (const channelUUID of channels) await this.forgetIn(channelUUID, gatewayId, tell);
  }

  /** Where a user has read a channel up to; `undefined` for one who has not. */
  async readBy(user: string, channelUUID: string): Promise<CountedPosition | undefined> {
    const { redis, keys } = this;
    const meta = keys.meta(channelUUID);
    const [read, epoch] = await Promise.all([
      mayBePrivate(channelUUID)
        ? redis.hget(meta, readField(user))
        : redis.hget(keys.reads(channelUUID), user),
      redis.hget(meta, 'epoch'),
    ]);
    if (!read || !epoch) return undefined;
    const [seq, number] = read.split(' ').map(Number) as [number, number];
    return { epoch, seq, number };
  }

  /** Those of some channels that a user has joined, by any connection; without those that cannot be asked now. */
  async joinedAmong(user: string, channelUUIDs: readonly string[]): Promise<string[]> {
    const joined: string[] = [];
    const ask = async (channelUUID: string): Promise<void> => {
      const found = await this.redis.hexists(this.keys.joinedUsers(channelUUID), user).catch(() => 0);
      if (found === 1) joined.push(channelUUID);
    };
    for (let at = 0; at < channelUUIDs.length; at += ASKED_AT_ONCE)
      await Promise.all(channelUUIDs.slice(at, at + ASKED_AT_ONCE).map(ask));
    return joined;
  }

  /** Joins with the others of its turn. One that they left no room comes with those of the next; large ones follow each other, alone. */
  private async joinInTurn(join: ChannelToJoin): Promise<JoinSnapshot | Error> {
    for (;;) {
      const outcome = await this.joining.add(this.slotOf(join.channelUUID), join);
      if (typeof outcome === 'object') return outcome;
      if (outcome === 'UNREAD') continue;
      const [alone] = await this.large.next(() => this.joinTogether([join]), SLICE_PAUSE_MS);
      return alone as JoinSnapshot | Error;
    }
  }

  private joinTogether(joins: readonly ChannelToJoin[]) {
    const limits = { shown: LIMITS.joinedUsersShown, bytes: SLICE_BYTES, allBytes: READ_FOR_JOINS_BYTES };
    return joinChannels(this.redis, this.keys, { ...limits, joins });
  }

  private async forgetIn(
    channelUUID: string,
    gatewayId: string,
    tell: (left: LeftByGateway) => Promise<void>,
  ): Promise<void> {
    let mark: string | null;
    let forgotten: ForgottenConnections;
    do {
      mark = await this.gatewayChannels.markOf(gatewayId, channelUUID);
      forgotten = await forgetConnections(this.redis, this.keys, {
        channelUUID,
        gatewayId,
        most: FORGOTTEN_AT_ONCE,
      });
      const { users, position } = forgotten;
      if (position !== undefined) await tell({ channelUUID, users: [...new Set(users)], position });
    } while (forgotten.left > 0);
    await this.gatewayChannels.forget(gatewayId, channelUUID, mark);
  }

  /** Names what one step can hold: everything, or one channel on a Cluster. */
  private slotOf(channelUUID: string): string {
    return this.redis.isCluster ? channelUUID : '';
  }
}
