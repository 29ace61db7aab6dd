import type { JoiningConnection } from '@parley/contracts';
import { type RedisConnection, Script } from '@parley/redis';
import type { ChannelKeys } from './keys.js';
import { publishCommand } from './publish-command.js';

const script = new Script(import.meta.url, 'leave-channels.lua');

/** One of the leaves. */
export interface ChannelToLeave {
  readonly channelUUID: string;
  readonly connection: JoiningConnection;
  /** The JSON that tells the members. */
  readonly frame: string;
}

/**
 * Removes connections from channels, also when Redis is full. Returns for each how many its gateway still has there, or
 * Redis's error. Rejects with Redis's error for the whole.
 */
export async function leaveChannels(
  redis: RedisConnection,
  keys: ChannelKeys,
  leaves: readonly ChannelToLeave[],
): Promise<(number | Error)[]> {
  const reply = await script.run(
    redis,
    leaves.flatMap(({ channelUUID, connection }) => [
      keys.joined(channelUUID, connection.gatewayId),
      keys.joinedUsers(channelUUID),
    ]),
    [
      publishCommand(redis),
      ...leaves.flatMap(({ channelUUID, connection, frame }) => [
        connection.SUUID,
        frame,
        keys.frames(channelUUID),
      ]),
    ],
  );
  return (reply as (number | string)[]).map((left) => (typeof left === 'number' ? left : new Error(left)));
}
