import { AppError } from '@parley/protocol';
import { type RedisConnection, Script } from '@parley/redis';
import type { ChannelKeys } from '../../redis/keys.js';
import { publishCommand } from '../../redis/publish-command.js';
import source from './move-reads.lua.js';

const script = new Script(source);

/** How far a user has read in a channel. */
export interface ReadToMove {
  readonly channelUUID: string;
  readonly user: string;
  /** May be beyond the newest entry: then it is clipped. */
  readonly seq: number;
}

/** Where a user's position in a channel is now. */
export interface MovedRead {
  /** Empty for a channel without entries. */
  readonly epoch: string;
  readonly seq: number;
  /** Messages up to `seq`. */
  readonly number: number;
  /** Messages after it; 0 while the user is joined. */
  readonly unread: number;
  readonly moved: boolean;
}

/**
 * Moves positions, never back, also when Redis is full. Returns for each where it is now, FORBIDDEN for a group that is not the
 * user's, or Redis's error. Rejects with Redis's error for the whole.
 */
export async function moveReads(
  redis: RedisConnection,
  keys: ChannelKeys,
  reads: readonly ReadToMove[],
): Promise<(MovedRead | Error)[]> {
  const reply = await script.run(
    redis,
    reads.flatMap(({ channelUUID }) => [keys.meta(channelUUID), keys.joinedUsers(channelUUID)]),
    [
      publishCommand(redis),
      ...reads.flatMap(({ channelUUID, user, seq }) => [user, seq, keys.frames(channelUUID)]),
    ],
  );
  return (reply as (MoveReply | string)[]).map(movedOf);
}

type MoveReply = [epoch: string, seq: string, number: string, unread: string, moved: number];

function movedOf(reply: MoveReply | string): MovedRead | Error {
  if (reply === 'FORBIDDEN') return new AppError('FORBIDDEN');
  if (typeof reply === 'string') return new Error(reply);
  const [epoch, seq, number, unread, moved] = reply;
  return { epoch, seq: Number(seq), number: Number(number), unread: Number(unread), moved: moved === 1 };
}
