import type { JoiningConnection } from '@parley/contracts';
import { type RedisConnection, Script } from '@parley/redis';
import type { ChannelKeys } from './keys.js';
import source from './leave-channels.lua.js';
import type { CountedPosition } from './log-state.js';
import { publishCommand } from './publish-command.js';

const script = new Script(source);

/** One of the leaves. */
export interface ChannelToLeave {
  readonly channelUUID: string;
  readonly connection: JoiningConnection;
  /** The JSON that tells the members, without `connections`. */
  readonly frame: string;
  /** The order of its delivery: a later join stays. */
  readonly order: number;
  /** The entry of the only join that it undoes, if it undoes one only. */
  readonly only?: string | undefined;
}

/** What is left after a leave. */
export interface Left {
  /** Connections that the gateway still has in the channel. */
  readonly ofGateway: number;
  /** Connections of the user that are still joined, on any gateway; undefined if the one that leaves was not joined. */
  readonly ofUser: number | undefined;
  /** Where a private channel or a group stood at the moment of the leave; `undefined` for others, for who is no member, and where nothing was left. */
  readonly position: CountedPosition | undefined;
}

/**
 * Removes connections from channels, also when Redis is full. Returns for each what is left, or Redis's error.
 * Rejects with Redis's error for the whole.
 */
export async function leaveChannels(
  redis: RedisConnection,
  keys: ChannelKeys,
  leaves: readonly ChannelToLeave[],
): Promise<(Left | Error)[]> {
  const reply = await script.run(
    redis,
    leaves.flatMap(({ channelUUID, connection }) => [
      keys.joined(channelUUID, connection.gatewayId),
      keys.joinedUsers(channelUUID),
      keys.meta(channelUUID),
    ]),
    [
      publishCommand(redis),
      ...leaves.flatMap(({ channelUUID, connection, frame, order, only = '' }) => [
        connection.SUUID,
        frame,
        keys.frames(channelUUID),
        order,
        only,
      ]),
    ],
  );
  return (reply as (LeftReply | string)[]).map((left) =>
    typeof left === 'string' ? new Error(left) : leftOf(left),
  );
}

type LeftReply = [ofGateway: number, ofUser: number, epoch: string, seq: string, number: string];

const leftOf = ([ofGateway, ofUser, epoch, seq, number]: LeftReply): Left => ({
  ofGateway,
  ofUser: ofUser < 0 ? undefined : ofUser,
  position: epoch === '' ? undefined : { epoch, seq: Number(seq), number: Number(number) },
});
