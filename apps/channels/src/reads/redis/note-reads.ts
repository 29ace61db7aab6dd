import { type RedisConnection, Script } from '@parley/redis';
import type { ChannelKeys } from '../../redis/keys.js';
import type { CountedPosition } from '../../redis/log-state.js';
import source from './note-reads.lua.js';

const script = new Script(source);

/** Users and how far they have read in a channel, all in one epoch. */
export interface NoteReads {
  readonly channelUUID: string;
  readonly epoch: string;
  readonly reads: readonly (readonly [user: string, position: CountedPosition])[];
}

/** Notes positions, never back; none if the channel is in another epoch by now. Rejects with Redis's error. */
export async function noteReads(
  redis: RedisConnection,
  keys: ChannelKeys,
  { channelUUID, epoch, reads }: NoteReads,
): Promise<void> {
  const fields = reads.flatMap(([user, { seq, number }]) => [user, seq, number]);
  await script.run(redis, [keys.meta(channelUUID)], [epoch, ...fields]);
}
