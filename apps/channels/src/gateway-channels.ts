import { randomBytes } from 'node:crypto';
import type { RedisConnection } from '@parley/redis';
import { TurnBatch } from '@parley/service-kit';
import { type EmptyChannel, forgetChannels } from './redis/forget-channels.js';
import type { ChannelKeys } from './redis/keys.js';

/** Bytes of the mark of a step of a join: two are never alike while somebody looks. */
const JOIN_MARK_BYTES = 9;
/** Channels that are noted, looked up or forgotten at once at most. */
const CHANNELS_AT_ONCE = 256;

/**
 * In which channels a gateway has joined connections: whoever cleans up after it finds them here. What is asked for in
 * one turn is one command.
 *
 * This hash lies in another slot than the gateway's connections in a channel, so that both cannot change in one step.
 * Each join notes its channel anew, before and after, under another mark; what is found empty is taken out only with the
 * mark that it had before one looked. So whoever joins meanwhile is found at the end of the gateway, even where a
 * replica dies between two of these steps.
 */
export class GatewayChannels {
  private readonly noting = new TurnBatch<string, undefined>(
    (gatewayId, channels) => this.noteAll(gatewayId, channels),
    CHANNELS_AT_ONCE,
  );
  private readonly asking = new TurnBatch<string, string | null>(
    (gatewayId, channels) => this.redis.hmget(this.keys.gateway(gatewayId), ...channels),
    CHANNELS_AT_ONCE,
  );
  private readonly forgetting = new TurnBatch<EmptyChannel, undefined>(
    (gatewayId, channels) => this.forgetAll(gatewayId, channels),
    CHANNELS_AT_ONCE,
  );

  constructor(
    private readonly redis: RedisConnection,
    private readonly keys: ChannelKeys,
  ) {}

  /** Notes a channel under a new mark: before and after each join. */
  async note(gatewayId: string, channelUUID: string): Promise<void> {
    await this.noting.add(gatewayId, channelUUID);
  }

  /** The mark of the channel's last join; `null` where the channel is not noted. */
  markOf(gatewayId: string, channelUUID: string): Promise<string | null> {
    return this.asking.add(gatewayId, channelUUID);
  }

  /** Forgets a channel that was found empty, unless it has another mark than before one looked. */
  async forget(gatewayId: string, channelUUID: string, mark: string | null): Promise<void> {
    if (mark !== null) await this.forgetting.add(gatewayId, { channelUUID, mark });
  }

  /** The noted channels, page by page; one may come twice. */
  async *pages(gatewayId: string): AsyncGenerator<string[]> {
    let cursor = '0';
    do {
      const [next, fields] = await this.redis.hscan(
        this.keys.gateway(gatewayId),
        cursor,
        'COUNT',
        CHANNELS_AT_ONCE,
      );
      yield fields.filter((_, index) => index % 2 === 0);
      cursor = next;
    } while (cursor !== '0');
  }

  private async noteAll(gatewayId: string, channels: readonly string[]): Promise<undefined[]> {
    const mark = randomBytes(JOIN_MARK_BYTES).toString('base64url');
    await this.redis.hset(this.keys.gateway(gatewayId), ...channels.flatMap((each) => [each, mark]));
    return channels.map(() => undefined);
  }

  private async forgetAll(gatewayId: string, channels: readonly EmptyChannel[]): Promise<undefined[]> {
    await forgetChannels(this.redis, { gateway: this.keys.gateway(gatewayId) }, channels);
    return channels.map(() => undefined);
  }
}
