import { type RedisConnection, Script } from '@parley/redis';
import type { ChannelKeys } from '../../redis/keys.js';
import source from './trim-channel.lua.js';

const script = new Script(source);

/**
 * Deletes a part of what a channel keeps no longer. Returns whether that was all. Works when Redis is full, too. Rejects with
 * Redis's error.
 * @param keep number of newest messages that stay at least in a channel without a number of its own; 0 for all.
 */
export async function trimChannel(
  redis: RedisConnection,
  keys: ChannelKeys,
  channelUUID: string,
  keep: number,
): Promise<boolean> {
  return (await script.run(redis, [keys.meta(channelUUID), keys.log(channelUUID)], [keep])) === 'DONE';
}
