import type { RedisConnection } from '@parley/redis';
import type { ChannelKeys } from '../redis/keys.js';
import { receivedIn } from './received-member.js';

/** Members that are looked at in one step. */
const LOOKED_AT_ONCE = 1_000;

/** Takes the messages of a channel out of a user's list of received ones, step by step. May be repeated. Rejects with Redis's error. */
export async function forgetReceived(
  redis: RedisConnection,
  keys: ChannelKeys,
  userUUID: string,
  channelUUID: string,
): Promise<void> {
  const received = keys.received(userUUID);
  for (let from = '-'; ; ) {
    const members = await redis.zrangebylex(received, from, '+', 'LIMIT', 0, LOOKED_AT_ONCE);
    const own = members.filter((member) => receivedIn(member).channelUUID === channelUUID);
    if (own.length > 0) await redis.zrem(received, ...own);
    if (members.length < LOOKED_AT_ONCE) break;
    from = `(${members.at(-1)!}`;
  }
  await redis.srem(keys.receivedChanged(userUUID), channelUUID);
}
