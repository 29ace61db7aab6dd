import { Script } from '@parley/redis';
import type { Appender } from '../../redis/appender.js';
import type { ChannelKeys } from '../../redis/keys.js';
import { entryArgs, type GroupChange, groupKeys } from './group-change.js';
import { type Logged, loggedIn, throwRefusal } from './group-outcome.js';
import source from './unban-member.lua.js';

const script = new Script(source);

/** A ban that is lifted. */
export interface UnbanMember extends GroupChange {
  readonly user: string;
  /** See `rowOf`. */
  readonly row: string;
}

/**
 * Lifts a ban.
 * @throws AppError CHANNEL_NOT_FOUND, FORBIDDEN, UNAVAILABLE when late. Redis's errors.
 */
export async function unbanMember(
  appender: Appender,
  keys: ChannelKeys,
  change: UnbanMember,
): Promise<Logged> {
  const { channelUUID, by, user, row } = change;
  const args = [by, user, row, ...entryArgs(appender, keys, change)];
  const outcome = await appender.append(script, groupKeys(keys, channelUUID), args);
  throwRefusal(outcome);
  return loggedIn(outcome);
}
