import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { isRefusedWrite, type RedisConnection } from '@parley/redis';
import { REDIS, TurnBatch } from '@parley/service-kit';
import { type EmptyChannel, forgetChannels } from './redis/forget-channels.js';
import { ChannelKeys } from './redis/keys.js';

/** Bytes of the mark of a join, random: no two marks are alike while a replica compares them. */
const JOIN_MARK_BYTES = 9;
/** Channels that are noted, looked up or forgotten at once at most. */
const CHANNELS_AT_ONCE = 256;

/**
 * The channels in which a gateway has joined connections: the replica that cleans up after the gateway finds them here. The
 * requests of one turn are one command.
 *
 * This hash and the gateway's connections in a channel lie in different slots, so no single step can change both. So each
 * join notes its channel before and after, each time with a new mark, and a channel that was found empty is removed only
 * while it has the mark that it had before the look. A connection that joins meanwhile is found at the end of the gateway,
 * even where a replica dies between two of these steps.
 */
@Injectable()
export class GatewayChannels {
  private readonly noting = new TurnBatch<string, boolean>(
    (gatewayId, channels) => this.noteAll(gatewayId, channels),
    CHANNELS_AT_ONCE,
  );
  private readonly markReading = new TurnBatch<string, string | null>(
    (gatewayId, channels) => this.redis.hmget(this.keys.gatewayChannels(gatewayId), ...channels),
    CHANNELS_AT_ONCE,
  );
  private readonly forgetting = new TurnBatch<EmptyChannel, undefined>(
    (gatewayId, channels) => this.forgetAll(gatewayId, channels),
    CHANNELS_AT_ONCE,
  );

  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: ChannelKeys,
  ) {}

  /** Notes a channel with a new mark: before and after each join. Returns false where Redis takes no writes. */
  note(gatewayId: string, channelUUID: string): Promise<boolean> {
    return this.noting.add(gatewayId, channelUUID);
  }

  /** The mark of the channel's last join; `null` where the channel is not noted. */
  markOf(gatewayId: string, channelUUID: string): Promise<string | null> {
    return this.markReading.add(gatewayId, channelUUID);
  }

  /**
   * Forgets a channel that was found empty, unless its mark is no longer the one that it had before the look. Where Redis takes
   * no writes, the channel stays until it is found empty again, at the end of the gateway at the latest.
   */
  async forget(gatewayId: string, channelUUID: string, mark: string | null): Promise<void> {
    if (mark !== null) await this.forgetting.add(gatewayId, { channelUUID, mark });
  }

  /** The noted channels, page by page. A channel may be in more than one page. */
  async *pages(gatewayId: string): AsyncGenerator<string[]> {
    const key = this.keys.gatewayChannels(gatewayId);
    let cursor = '0';
    do {
      const [next, fields] = await this.redis.hscan(key, cursor, 'COUNT', CHANNELS_AT_ONCE);
      yield fields.filter((_, index) => index % 2 === 0);
      cursor = next;
    } while (cursor !== '0');
  }

  private async noteAll(gatewayId: string, channels: readonly string[]): Promise<boolean[]> {
    const mark = randomBytes(JOIN_MARK_BYTES).toString('base64url');
    const marked = channels.flatMap((each) => [each, mark]);
    const isNoted = await whereWritten(this.redis.hset(this.keys.gatewayChannels(gatewayId), ...marked));
    return channels.map(() => isNoted);
  }

  private async forgetAll(gatewayId: string, channels: readonly EmptyChannel[]): Promise<undefined[]> {
    await whereWritten(forgetChannels(this.redis, this.keys, { gatewayId, channels }));
    return channels.map(() => undefined);
  }
}

/** Whether a write was made; false where Redis takes no writes. */
async function whereWritten(writing: Promise<unknown>): Promise<boolean> {
  try {
    await writing;
    return true;
  } catch (error) {
    if (!isRefusedWrite(error)) throw error;
    return false;
  }
}
