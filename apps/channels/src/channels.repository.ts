import { hash, randomUUID } from 'node:crypto';
import type { JoiningConnection } from '@parley/contracts';
import { LIMITS } from '@parley/protocol';
import type { RedisConnection } from '@parley/redis';
import { TurnBatch } from '@parley/service-kit';
import { LRUCache } from 'lru-cache';
import type { Channel } from './channel.js';
import { GatewayChannels } from './gateway-channels.js';
import { forgetConnections } from './redis/forget-connections.js';
import {
  type ChannelToJoin,
  type JoinResult,
  type JoinSnapshot,
  joinChannels,
} from './redis/join-channels.js';
import type { ChannelKeys } from './redis/keys.js';
import { type ChannelToLeave, leaveChannels } from './redis/leave-channels.js';

/** Pairs kept at most: a channel's name is made from its pair, so that they never change. About 250 bytes each. */
export const PAIRS_KEPT = 50_000;
/** Connections of an ended gateway that one script call forgets: 0.7 ms of Redis's time where it was measured. */
const FORGOTTEN_AT_ONCE = 200;
/** Joins of one script call at most: about 1 ms of Redis's time, 5 ms where each asks for 100 messages. */
const JOINED_AT_ONCE = 32;
/** Leaves of one script call at most: about 1 ms of Redis's time. */
const LEFT_AT_ONCE = 128;
/** Hex digits of the mark that tells one request of a connection from its next. */
const MARK_DIGITS = 8;

/** A connection that joins, with the frame that tells the members. */
export interface Joining {
  readonly channel: Channel;
  readonly user: string;
  readonly connection: JoiningConnection;
  readonly frame: string;
}

/** The channels in Redis: pairs, joined connections, fan-out. Rejects with Redis's errors, or FORBIDDEN. */
export class ChannelsRepository {
  private readonly publish: 'PUBLISH' | 'SPUBLISH';
  private readonly noted: GatewayChannels;
  private readonly joining = new TurnBatch<ChannelToJoin, JoinResult>(
    (_, joins) => joinChannels(this.redis, { shown: LIMITS.joinedUsersShown, publish: this.publish, joins }),
    JOINED_AT_ONCE,
  );
  private readonly leaving = new TurnBatch<ChannelToLeave, number | Error>(
    (_, leaves) => leaveChannels(this.redis, { publish: this.publish, leaves }),
    LEFT_AT_ONCE,
  );
  private readonly pairs = new LRUCache<string, readonly [string, string]>({ max: PAIRS_KEPT });

  constructor(
    private readonly redis: RedisConnection,
    private readonly keys: ChannelKeys,
  ) {
    this.publish = redis.isCluster ? 'SPUBLISH' : 'PUBLISH';
    this.noted = new GatewayChannels(redis, keys);
  }

  /** The pair of users of a private channel that was ever joined or written to. */
  async findPair(channelUUID: string): Promise<readonly [string, string] | undefined> {
    const known = this.pairs.get(channelUUID);
    if (known !== undefined) return known;
    const [a, b] = await this.redis.hmget(this.keys.meta(channelUUID), 'a', 'b');
    if (!a || !b) return undefined;
    this.pairs.set(channelUUID, [a, b]);
    return [a, b];
  }

  /**
   * Joins a connection and takes the snapshot; tells the members once per request. The joins of one turn are one step, on a
   * Cluster those of one channel, for there channels lie in slots of their own.
   */
  async join(joining: Joining, requestId: string, messages: number): Promise<JoinSnapshot> {
    const { channelUUID } = joining.channel;
    const { gatewayId } = joining.connection;
    // Before: a crash after the join leaves nothing that the end of the gateway would not find.
    await this.noted.note(gatewayId, channelUUID);
    const step = this.redis.isCluster ? channelUUID : '';
    const result = await this.joining.add(step, this.joinOf(joining, requestId, messages));
    if ('error' in result) throw result.error;
    // And after: see `GatewayChannels`.
    await this.noted.note(gatewayId, channelUUID);
    return result;
  }

  /** Leaves, and tells the members if the connection was joined; in one step as joins are. */
  async leave(channelUUID: string, { gatewayId, SUUID }: JoiningConnection, frame: string): Promise<void> {
    const mark = await this.noted.markOf(gatewayId, channelUUID);
    const left = await this.leaving.add(this.redis.isCluster ? channelUUID : '', {
      keys: { joined: this.keys.joined(channelUUID, gatewayId), users: this.keys.users(channelUUID) },
      connection: SUUID,
      frame,
      frames: this.keys.frames(channelUUID),
    });
    if (left instanceof Error) throw left;
    if (left === 0) await this.noted.forget(gatewayId, channelUUID, mark);
  }

  /** Takes every connection of a gateway that has ended out of every channel. May be called again after a crash. */
  async forgetGateway(gatewayId: string): Promise<void> {
    for await (const channels of this.noted.pages(gatewayId))
      for (const channelUUID of channels) await this.forgetIn(channelUUID, gatewayId);
  }

  private joinOf(
    { channel, user, connection, frame }: Joining,
    requestId: string,
    messages: number,
  ): ChannelToJoin {
    const { channelUUID, kind, recipientUUID } = channel;
    return {
      keys: {
        meta: this.keys.meta(channelUUID),
        log: this.keys.log(channelUUID),
        joined: this.keys.joined(channelUUID, connection.gatewayId),
        users: this.keys.users(channelUUID),
      },
      kind,
      partner: recipientUUID,
      fresh: randomUUID(),
      connection: connection.SUUID,
      entry: `${user} ${hash('sha256', requestId).slice(0, MARK_DIGITS)}`,
      messages,
      frame,
      frames: this.keys.frames(channelUUID),
    };
  }

  private async forgetIn(channelUUID: string, gatewayId: string): Promise<void> {
    const keys = {
      meta: this.keys.meta(channelUUID),
      joined: this.keys.joined(channelUUID, gatewayId),
      users: this.keys.users(channelUUID),
    };
    const frames = this.keys.frames(channelUUID);
    let mark: string | null;
    let left: number;
    do {
      mark = await this.noted.markOf(gatewayId, channelUUID);
      left = await forgetConnections(this.redis, {
        keys,
        most: FORGOTTEN_AT_ONCE,
        publish: this.publish,
        frames,
      });
    } while (left > 0);
    await this.noted.forget(gatewayId, channelUUID, mark);
  }
}
