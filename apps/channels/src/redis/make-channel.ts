import { type RedisConnection, Script } from '@parley/redis';
import type { ChannelKeys } from './keys.js';

const script = new Script(import.meta.url, 'make-channel.lua');

/** A channel to make. */
export interface MakeChannel {
  readonly channelUUID: string;
  readonly kind: 'general' | 'private';
  /** The two users of a private channel, empty otherwise. */
  readonly one: string;
  readonly other: string;
}

/** Makes a channel, or leaves the one that is there as it is. Rejects with Redis's error. */
export async function makeChannel(
  redis: RedisConnection,
  keys: ChannelKeys,
  { channelUUID, kind, one, other }: MakeChannel,
): Promise<void> {
  await script.run(redis, [keys.meta(channelUUID)], [kind, one, other]);
}
