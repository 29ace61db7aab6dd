import { type RedisConnection, Script } from '@parley/redis';
import type { ChannelKeys } from './keys.js';
import source from './note-pair.lua.js';

const script = new Script(source);

/** A private channel, and its two users. */
export interface NotedPair {
  readonly channelUUID: string;
  readonly user: string;
  readonly partner: string;
}

/** Notes whose a private channel is. Returns whether that was new. Rejects with Redis's error. */
export async function notePair(
  redis: RedisConnection,
  keys: ChannelKeys,
  { channelUUID, user, partner }: NotedPair,
): Promise<boolean> {
  return (await script.run(redis, [keys.meta(channelUUID)], [user, partner])) === 1;
}
