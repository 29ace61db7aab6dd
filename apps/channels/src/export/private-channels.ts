import { inboxId, privateChannel } from '@parley/contracts';
import type { RedisConnection } from '@parley/redis';
import type { ChannelKeys } from '../redis/keys.js';

/** Channels that are asked at once at most whose they are. */
const ASKED_AT_ONCE = 256;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A private channel of a user. */
export interface PrivateChannelOf {
  readonly channelUUID: string;
  /** The user's own UUID for notes to oneself. */
  readonly partnerUUID: string;
}

/**
 * The private channels of a user in which the user has read, written or been written to: the user's inbox notes a place in each.
 * Also those with partners whose accounts are gone.
 */
export async function privateChannelsOf(
  redis: RedisConnection,
  keys: ChannelKeys,
  userUUID: string,
): Promise<PrivateChannelOf[]> {
  const fields = await redis.hkeys(keys.meta(inboxId(userUUID)));
  const noted = new Set([...fields.filter((field) => UUID.test(field)), privateChannel(userUUID, userUUID)]);
  const channels: PrivateChannelOf[] = [];
  const look = async (channelUUID: string): Promise<void> => {
    const pair = await redis.hmget(keys.meta(channelUUID), 'a', 'b');
    if (!pair.includes(userUUID)) return;
    channels.push({ channelUUID, partnerUUID: pair.find((each) => each && each !== userUUID) ?? userUUID });
  };
  const all = [...noted];
  for (let at = 0; at < all.length; at += ASKED_AT_ONCE)
    await Promise.all(all.slice(at, at + ASKED_AT_ONCE).map(look));
  return channels;
}
