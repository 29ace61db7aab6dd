import { type RedisConnection, Script } from '@parley/redis';
import type { ChannelKeys } from '../../redis/keys.js';
import source from './drop-group.lua.js';

const script = new Script(source);

/** Takes a group out of those of a user. Returns whether it was one of them. Rejects with Redis's error. */
export async function dropGroup(
  redis: RedisConnection,
  keys: ChannelKeys,
  userUUID: string,
  channelUUID: string,
): Promise<boolean> {
  const both = [keys.groupsOf(userUUID), keys.groupsLeft(userUUID)];
  return (await script.run(redis, both, [channelUUID])) === 1;
}
