import { type RedisConnection, Script } from '@parley/redis';
import type { ChannelKeys } from '../../redis/keys.js';
import type { Received } from '../received-member.js';
import source from './find-gone.lua.js';

const script = new Script(source);

/**
 * Those of some messages that their channels do not hold any more. On a Cluster, all of one channel. Rejects with Redis's error.
 */
export async function findGone<Message extends Received>(
  redis: RedisConnection,
  keys: ChannelKeys,
  messages: readonly Message[],
): Promise<Message[]> {
  const gone = (await script.run(
    redis,
    messages.flatMap(({ channelUUID }) => [keys.meta(channelUUID), keys.log(channelUUID)]),
    messages.flatMap(({ messageSeq, UUID }) => [messageSeq, UUID]),
  )) as number[];
  return messages.filter((_, at) => gone[at] === 1);
}
