import { type RedisConnection, Script } from '@parley/redis';
import { lastMoment } from '../../redis/delivery.js';
import type { ChannelKeys } from '../../redis/keys.js';
import source from './note-block.lua.js';

const script = new Script(source);

/** A block in a private channel, to note or to take back. */
export interface NoteBlock {
  readonly channelUUID: string;
  /** Who blocks. */
  readonly user: string;
  readonly partner: string;
  /** Names the block; without one, it is taken back. */
  readonly mark?: string;
  /** The mark of the only block that is taken back; without one, any. */
  readonly only?: string;
  /** When it may be done at the latest, in ms by Redis's clock. */
  readonly deadline: number;
}

/** What became of it: OTHER when the block to take back is not the one that is noted. */
export type Noting = 'DONE' | 'LATE' | 'OTHER';

/** Notes a block, or takes it back. Rejects with Redis's error. */
export async function noteBlock(
  redis: RedisConnection,
  keys: ChannelKeys,
  { channelUUID, user, partner, mark = '', only = '', deadline }: NoteBlock,
): Promise<Noting> {
  const args = [user, partner, mark, only, lastMoment(redis, deadline)];
  return (await script.run(redis, [keys.meta(channelUUID)], args)) as Noting;
}
