import { type RedisConnection, Script } from '@parley/redis';
import source from './forget-connections.lua.js';
import type { ChannelKeys } from './keys.js';
import type { CountedPosition } from './log-state.js';
import { publishCommand } from './publish-command.js';

const script = new Script(source);

/** A channel, a gateway that has ended, and how many of its connections to remove at most. */
export interface ForgetConnections {
  readonly channelUUID: string;
  readonly gatewayId: string;
  readonly most: number;
}

/** What has become of an ended gateway's connections in a channel. */
export interface ForgottenConnections {
  /** Connections that are left. */
  readonly left: number;
  /** The users of those that were removed, without those who are no members of the group. */
  readonly users: readonly string[];
  /** Where a private channel or a group stood at that moment; `undefined` for others. */
  readonly position: CountedPosition | undefined;
}

/** Removes some of an ended gateway's connections from a channel, and tells the members. */
export async function forgetConnections(
  redis: RedisConnection,
  keys: ChannelKeys,
  { channelUUID, gatewayId, most }: ForgetConnections,
): Promise<ForgottenConnections> {
  const reply = await script.run(
    redis,
    [keys.meta(channelUUID), keys.joined(channelUUID, gatewayId), keys.joinedUsers(channelUUID)],
    [most, publishCommand(redis), keys.frames(channelUUID)],
  );
  const [left, epoch, seq, number, users] = reply as [number, string, string, string, string[]];
  const position = epoch === '' ? undefined : { epoch, seq: Number(seq), number: Number(number) };
  return { left, users, position };
}
