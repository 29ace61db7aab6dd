import { AppError } from '@parley/protocol';
import { type RedisConnection, Script } from '@parley/redis';

const script = new Script(import.meta.url, 'join-channel.lua');

/** What {@link joinChannel} takes; the script's header says what each entry is. */
export interface JoinChannel {
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
  readonly shown: number;
  readonly frame: string;
  readonly publish: 'PUBLISH' | 'SPUBLISH';
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

/**
 * Joins a connection and takes the snapshot, in one step.
 * @throws AppError FORBIDDEN when the channel is a private one of others; STORAGE_FULL surfaces as Redis's error.
 */
export async function joinChannel(
  redis: RedisConnection,
  { keys, ...args }: JoinChannel,
): Promise<JoinSnapshot> {
  const reply = await script.run(
    redis,
    [keys.meta, keys.log, keys.joined, keys.users],
    [
      args.kind,
      args.partner,
      args.fresh,
      args.connection,
      args.entry,
      args.messages,
      args.shown,
      args.frame,
      args.publish,
      args.frames,
    ],
  );
  const [outcome, epoch, seq, messages, users, usersTotal] = reply as [
    string,
    string,
    string,
    string[],
    string[],
    number,
  ];
  if (outcome === 'FORBIDDEN') throw new AppError('FORBIDDEN');
  return { rejoined: outcome === 'REJOINED', epoch, seq: Number(seq), messages, users, usersTotal };
}
