import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { JoiningConnection } from '@parley/contracts';
import { LIMITS } from '@parley/protocol';
import type { RedisConnection } from '@parley/redis';
import { LRUCache } from 'lru-cache';
import type { Channel } from './channel.js';
import { forgetChannel } from './forget-channel.js';
import { forgetConnections } from './forget-connections.js';
import { type JoinSnapshot, joinChannel } from './join-channel.js';
import type { ChannelKeys } from './keys.js';
import { leaveChannel } from './leave-channel.js';

/** Pairs kept at most: a channel's name is made from its pair, so that they never change. About 250 bytes each. */
const PAIRS_KEPT = 50_000;
/** Connections of an ended gateway that one script call forgets: 0.7 ms of Redis's time where it was measured. */
const FORGOTTEN_AT_ONCE = 200;
/** Channels of an ended gateway that are read at once. */
const CHANNELS_AT_ONCE = 100;
/** Hex digits of the mark that tells one request of a connection from its next. */
const MARK_DIGITS = 8;
/** Bytes of the mark of a step of a join: two are never alike while somebody looks. */
const JOIN_MARK_BYTES = 9;

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
  private readonly pairs = new LRUCache<string, readonly [string, string]>({ max: PAIRS_KEPT });

  constructor(
    private readonly redis: RedisConnection,
    private readonly keys: ChannelKeys,
  ) {
    this.publish = redis.isCluster ? 'SPUBLISH' : 'PUBLISH';
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

  /** Joins a connection and takes the snapshot; tells the members once per request. */
  async join(joining: Joining, requestId: string, messages: number): Promise<JoinSnapshot> {
    const { channel, user, connection, frame } = joining;
    const { channelUUID } = channel;
    const { gatewayId, SUUID } = connection;
    const gateway = this.keys.gateway(gatewayId);
    // Before: a crash after the join leaves nothing that the end of the gateway would not find.
    await this.redis.hset(gateway, channelUUID, joinMark());
    const snapshot = await joinChannel(this.redis, {
      keys: {
        meta: this.keys.meta(channelUUID),
        log: this.keys.log(channelUUID),
        joined: this.keys.joined(channelUUID, gatewayId),
        users: this.keys.users(channelUUID),
      },
      kind: channel.kind,
      partner: channel.recipientUUID,
      fresh: randomUUID(),
      connection: SUUID,
      entry: `${user} ${digest(requestId).toString('hex').slice(0, MARK_DIGITS)}`,
      messages,
      shown: LIMITS.joinedUsersShown,
      frame,
      publish: this.publish,
      frames: this.keys.frames(channelUUID),
    });
    // And after: see `forgetIfEmpty`.
    await this.redis.hset(gateway, channelUUID, joinMark());
    return snapshot;
  }

  /** Leaves, and tells the members if the connection was joined. */
  async leave(channelUUID: string, { gatewayId, SUUID }: JoiningConnection, frame: string): Promise<void> {
    const left = await leaveChannel(this.redis, {
      keys: { joined: this.keys.joined(channelUUID, gatewayId), users: this.keys.users(channelUUID) },
      connection: SUUID,
      frame,
      publish: this.publish,
      frames: this.keys.frames(channelUUID),
    });
    if (left === 0) await this.forgetIfEmpty(gatewayId, channelUUID);
  }

  /** Takes every connection of a gateway that has ended out of every channel. May be called again after a crash. */
  async forgetGateway(gatewayId: string): Promise<void> {
    const gateway = this.keys.gateway(gatewayId);
    let cursor = '0';
    do {
      const [next, fields] = await this.redis.hscan(gateway, cursor, 'COUNT', CHANNELS_AT_ONCE);
      const channels = fields.filter((_, index) => index % 2 === 0);
      for (const channelUUID of channels) await this.forgetIn(channelUUID, gatewayId);
      cursor = next;
    } while (cursor !== '0');
  }

  private async forgetIn(channelUUID: string, gatewayId: string): Promise<void> {
    const keys = {
      meta: this.keys.meta(channelUUID),
      joined: this.keys.joined(channelUUID, gatewayId),
      users: this.keys.users(channelUUID),
    };
    const frames = this.keys.frames(channelUUID);
    let left: number;
    do {
      left = await forgetConnections(this.redis, {
        keys,
        most: FORGOTTEN_AT_ONCE,
        publish: this.publish,
        frames,
      });
    } while (left > 0);
    await this.forgetIfEmpty(gatewayId, channelUUID);
  }

  /**
   * A gateway's hash of channels lies in another slot than its connections in a channel, so that both cannot
   * change in one step. Each join marks the channel anew, before and after; what is found empty is taken out only
   * with the mark that it had before one looked. So whoever joins meanwhile is found at the end of the gateway, even
   * where a replica dies between two of these steps.
   */
  private async forgetIfEmpty(gatewayId: string, channelUUID: string): Promise<void> {
    const gateway = this.keys.gateway(gatewayId);
    const mark = await this.redis.hget(gateway, channelUUID);
    if (mark === null || (await this.redis.exists(this.keys.joined(channelUUID, gatewayId))) > 0) return;
    await forgetChannel(this.redis, { keys: { gateway }, channel: channelUUID, mark });
  }
}

/** Different at each step of each join. */
const joinMark = (): string => randomBytes(JOIN_MARK_BYTES).toString('base64url');

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
