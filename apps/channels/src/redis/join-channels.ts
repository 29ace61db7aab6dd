import type { JoiningConnection } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { type RedisConnection, Script } from '@parley/redis';
import { groupRefusal } from '../groups/redis/group-outcome.js';
import { type Delivery, lastMoment, tooLate } from './delivery.js';
import source from './join-channels.lua.js';
import type { ChannelKeys } from './keys.js';
import { publishCommand } from './publish-command.js';

const script = new Script(source);

/** Joins, and what their snapshots hold at most. */
export interface JoinChannels {
  /** Joined users in each. */
  readonly shown: number;
  /** Bytes of messages in each; the newest message always fits. */
  readonly bytes: number;
  /** Bytes of messages that are read for all of them, about; the first is always read, and those that have no room are not. */
  readonly allBytes: number;
  readonly joins: readonly ChannelToJoin[];
}

/** One of the joins. */
export interface ChannelToJoin {
  readonly channelUUID: string;
  readonly kind: 'general' | 'private' | 'group';
  /** The other user of a private channel, empty otherwise. */
  readonly partner: string;
  readonly user: string;
  readonly connection: JoiningConnection;
  /** Tells this request of the connection from its next. */
  readonly mark: string;
  /** Whether the connection is to be noted as joined, and the members told. */
  readonly isToNote: boolean;
  readonly delivery: Delivery;
  /** Number of newest messages wanted, at least 1. */
  readonly messages: number;
  /** The JSON that tells the members. */
  readonly frame: string;
}

/** A channel as it was at the moment of the join. */
export interface JoinSnapshot {
  /** The connection had joined this channel before, by another request. */
  readonly rejoined: boolean;
  readonly epoch: string;
  readonly seq: number;
  /** How many messages there are up to `seq`. */
  readonly number: number;
  /** The newest messages as JSON, the newest first. */
  readonly messages: readonly string[];
  /** Whether older ones are wanted that had no room. */
  readonly isCut: boolean;
  /** UUIDs of some of the joined users. */
  readonly users: readonly string[];
  readonly usersTotal: number;
  /** Whether the connection is noted as joined. A Redis that takes no writes notes nothing, and the members are not told. */
  readonly isNoted: boolean;
}

/** What became of a join. */
export type JoinOutcome = JoinSnapshot | Error | 'LATER' | 'UNREAD';

/**
 * Joins connections and takes the snapshots, all in one step. Returns the snapshot of each in their order, or why it was not
 * joined: LATER for one that would be cut and is not alone, UNREAD for one that others left no room, {@link NotAMember} for a public group, CHANNEL_NOT_FOUND for another one, FORBIDDEN for a private channel of others, UNAVAILABLE where it is late, or
 * Redis's error. A join that is alone has neither of the first two. Rejects with Redis's error for the whole.
 */
export async function joinChannels(
  redis: RedisConnection,
  keys: ChannelKeys,
  { shown, bytes, allBytes, joins }: JoinChannels,
): Promise<JoinOutcome[]> {
  const reply = await script.run(
    redis,
    joins.flatMap((join) => keysOf(keys, join)),
    [shown, publishCommand(redis), bytes, allBytes, ...joins.flatMap((join) => argsOf(redis, keys, join))],
  );
  return (reply as [string, ...unknown[]][]).map(resultOf);
}

function keysOf(keys: ChannelKeys, { channelUUID, connection }: ChannelToJoin): string[] {
  return [
    ...[keys.meta(channelUUID), keys.log(channelUUID)],
    ...[keys.joined(channelUUID, connection.gatewayId), keys.joinedUsers(channelUUID)],
  ];
}

/** What a joined connection is noted by. No other delivery of a request has the same. */
export const entryOf = ({ user, mark, delivery }: ChannelToJoin): string =>
  `${user} ${mark} ${delivery.order}`;

function argsOf(redis: RedisConnection, keys: ChannelKeys, join: ChannelToJoin): (string | number)[] {
  const { channelUUID, kind, partner, connection, isToNote, messages, frame, delivery } = join;
  return [
    ...[kind, partner, connection.SUUID, entryOf(join), isToNote ? 1 : 0, messages, frame],
    ...[keys.frames(channelUUID), lastMoment(redis, delivery.deadline)],
  ];
}

function resultOf([outcome, ...rest]: [string, ...unknown[]]): JoinOutcome {
  if (outcome === 'LATER' || outcome === 'UNREAD') return outcome;
  if (outcome === 'OUTSIDER' || outcome === 'NOT_FOUND') return groupRefusal(outcome)!;
  if (outcome === 'FORBIDDEN') return new AppError('FORBIDDEN');
  if (outcome === 'LATE') return tooLate();
  if (outcome === 'REFUSED') return new Error(rest[0] as string);
  const [epoch, seq, messages, users, usersTotal, isNoted, number, isCut] = rest as Snapshot;
  return {
    rejoined: outcome === 'REJOINED',
    epoch,
    seq: Number(seq),
    number: Number(number),
    messages,
    isCut: isCut === 1,
    users,
    usersTotal,
    isNoted: isNoted === 1,
  };
}

/** What the script returns of a join after its outcome. */
type Snapshot = [
  epoch: string,
  seq: string,
  messages: string[],
  users: string[],
  total: number,
  noted: number,
  number: string,
  cut: number,
];
