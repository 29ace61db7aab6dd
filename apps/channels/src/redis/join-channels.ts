import { AppError } from '@parley/protocol';
import { type RedisConnection, Script } from '@parley/redis';

const script = new Script(import.meta.url, 'join-channels.lua');

/** What {@link joinChannels} takes; the script's header says what each entry is. */
export interface JoinChannels {
  readonly shown: number;
  readonly publish: 'PUBLISH' | 'SPUBLISH';
  readonly joins: readonly ChannelToJoin[];
}

/** One of the joins. */
export interface ChannelToJoin {
  readonly keys: {
    readonly meta: string;
    readonly log: string;
    readonly joined: string;
    readonly users: string;
  };
  readonly kind: 'general' | 'private';
  readonly partner: string;
  readonly fresh: string;
  readonly connection: string;
  readonly entry: string;
  readonly messages: number;
  readonly frame: string;
  readonly frames: string;
}

/** A channel as it was at the moment of the join. */
export interface JoinSnapshot {
  /** The connection was joined to this channel before, by another request. */
  readonly rejoined: boolean;
  readonly epoch: string;
  readonly seq: number;
  /** The newest messages as JSON, the newest first. */
  readonly messages: readonly string[];
  /** UUIDs of some of the joined users, as many as were wanted at most. */
  readonly users: readonly string[];
  readonly usersTotal: number;
}

/** What became of one join; an error says that it was not joined: FORBIDDEN for a private channel of others, or Redis's own. */
export type JoinResult = JoinSnapshot | { readonly error: Error };

/**
 * Joins connections and takes the snapshots, in one step; what becomes of each is told in their order. Rejects with Redis's
 * error when nothing at all could be done.
 */
export async function joinChannels(
  redis: RedisConnection,
  { shown, publish, joins }: JoinChannels,
): Promise<JoinResult[]> {
  const reply = await script.run(
    redis,
    joins.flatMap(({ keys }) => [keys.meta, keys.log, keys.joined, keys.users]),
    [shown, publish, ...joins.flatMap(argsOf)],
  );
  return (reply as [string, ...unknown[]][]).map(resultOf);
}

function argsOf(join: ChannelToJoin): (string | number)[] {
  const { kind, partner, fresh, connection, entry, messages, frame, frames } = join;
  return [kind, partner, fresh, connection, entry, messages, frame, frames];
}

function resultOf([outcome, ...rest]: [string, ...unknown[]]): JoinResult {
  if (outcome === 'FORBIDDEN') return { error: new AppError('FORBIDDEN') };
  if (outcome === 'REFUSED') return { error: new Error(rest[0] as string) };
  const [epoch, seq, messages, users, usersTotal] = rest as [string, string, string[], string[], number];
  return { rejoined: outcome === 'REJOINED', epoch, seq: Number(seq), messages, users, usersTotal };
}
