import { type RedisConnection, Script } from '@parley/redis';
import type { ChannelKeys } from './keys.js';
import { publishCommand } from './publish-command.js';

const script = new Script(import.meta.url, 'forget-connections.lua');

/** A channel, a gateway that has ended, and how many of its connections to remove at most. */
export interface ForgetConnections {
  readonly channelUUID: string;
  readonly gatewayId: string;
  readonly most: number;
}

/** Removes some of an ended gateway's connections from a channel, and tells the members. Returns how many are left. */
export async function forgetConnections(
  redis: RedisConnection,
  keys: ChannelKeys,
  { channelUUID, gatewayId, most }: ForgetConnections,
): Promise<number> {
  const left = await script.run(
    redis,
    [keys.meta(channelUUID), keys.joined(channelUUID, gatewayId), keys.joinedUsers(channelUUID)],
    [most, publishCommand(redis), keys.frames(channelUUID)],
  );
  return left as number;
}
