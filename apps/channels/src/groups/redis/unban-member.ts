import { Script } from '@parley/redis';
import type { Appender } from '../../redis/appender.js';
import type { ChannelKeys } from '../../redis/keys.js';
import { entryArgs, type GroupChange, groupKeys } from './group-change.js';
import { seqIn, throwRefusal } from './group-outcome.js';
import source from './unban-member.lua.js';

const script = new Script(source);

/** A ban that is lifted. */
export interface UnbanMember extends GroupChange {
  readonly user: string;
  /** See `rowOf`. */
  readonly row: string;
}

/**
 * Lifts a ban. Returns the Seq of the entry, 0 where there was none.
 * @throws AppError CHANNEL_NOT_FOUND, FORBIDDEN, UNAVAILABLE when late. Redis's errors.
 */
export async function unbanMember(
  appender: Appender,
  keys: ChannelKeys,
  change: UnbanMember,
): Promise<number> {
  const { channelUUID, by, user, row } = change;
  const args = [by, user, row, ...entryArgs(appender, keys, change)];
  const outcome = await appender.append(script, groupKeys(keys, channelUUID), args);
  throwRefusal(outcome);
  return seqIn(outcome);
}
