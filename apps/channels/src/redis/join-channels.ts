import { randomUUID } from 'node:crypto';
import type { JoiningConnection } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { type RedisConnection, Script } from '@parley/redis';
import type { ChannelKeys } from './keys.js';
import { publishCommand } from './publish-command.js';

const script = new Script(import.meta.url, 'join-channels.lua');

/** Joins, and how many of the joined users each snapshot shows at most. */
export interface JoinChannels {
  readonly shown: number;
  readonly joins: readonly ChannelToJoin[];
}

/** One of the joins. */
export interface ChannelToJoin {
  readonly channelUUID: string;
  readonly kind: 'general' | 'private';
  /** The other user of a private channel, empty otherwise. */
  readonly partner: string;
  readonly user: string;
  readonly connection: JoiningConnection;
  /** Tells this request of the connection from its next. */
  readonly mark: string;
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
  /** The newest messages as JSON, the newest first. */
  readonly messages: readonly string[];
  /** UUIDs of some of the joined users. */
  readonly users: readonly string[];
  readonly usersTotal: number;
}

/**
 * Joins connections and takes the snapshots, in one step. Returns the snapshot of each in their order, or why it was not
 * joined: FORBIDDEN for a private channel of others, or Redis's error. Rejects with Redis's error for the whole.
 */
export async function joinChannels(
  redis: RedisConnection,
  keys: ChannelKeys,
  { shown, joins }: JoinChannels,
): Promise<(JoinSnapshot | Error)[]> {
  const reply = await script.run(
    redis,
    joins.flatMap((join) => keysOf(keys, join)),
    [shown, publishCommand(redis), ...joins.flatMap((join) => argsOf(keys, join))],
  );
  return (reply as [string, ...unknown[]][]).map(resultOf);
}

function keysOf(keys: ChannelKeys, { channelUUID, connection }: ChannelToJoin): string[] {
  return [
    ...[keys.meta(channelUUID), keys.log(channelUUID)],
    ...[keys.joined(channelUUID, connection.gatewayId), keys.joinedUsers(channelUUID)],
  ];
}

function argsOf(keys: ChannelKeys, join: ChannelToJoin): (string | number)[] {
  const { channelUUID, kind, partner, user, connection, mark, messages, frame } = join;
  const entry = `${user} ${mark}`;
  return [kind, partner, randomUUID(), connection.SUUID, entry, messages, frame, keys.frames(channelUUID)];
}

function resultOf([outcome, ...rest]: [string, ...unknown[]]): JoinSnapshot | Error {
  if (outcome === 'FORBIDDEN') return new AppError('FORBIDDEN');
  if (outcome === 'REFUSED') return new Error(rest[0] as string);
  const [epoch, seq, messages, users, usersTotal] = rest as [string, string, string[], string[], number];
  return { rejoined: outcome === 'REJOINED', epoch, seq: Number(seq), messages, users, usersTotal };
}
