import { Script } from '@parley/redis';
import type { Appender } from '../../redis/appender.js';
import type { ChannelKeys } from '../../redis/keys.js';
import { entryArgs, type GroupChange, groupKeys } from './group-change.js';
import { seqIn, throwRefusal } from './group-outcome.js';
import source from './remove-member.lua.js';

const script = new Script(source);

/** A membership that ends: that of `user`, who is `by` to quit. */
export interface RemoveMember extends GroupChange {
  readonly user: string;
  readonly isBanned: boolean;
  /** See `rowOf`. */
  readonly row: string;
}

/**
 * Removes a member. Returns the Seq of the entry, 0 where the user was none.
 * @throws AppError CHANNEL_NOT_FOUND, FORBIDDEN, LIMIT_REACHED where too many are banned, UNAVAILABLE when late. Redis's errors.
 */
export async function removeMember(
  appender: Appender,
  keys: ChannelKeys,
  change: RemoveMember,
): Promise<number> {
  const { channelUUID, by, user, isBanned, row } = change;
  const outcome = await appender.append(script, groupKeys(keys, channelUUID), [
    ...[by, user, isBanned ? 1 : 0, row],
    ...entryArgs(appender, keys, change),
  ]);
  throwRefusal(outcome, 'ABSENT');
  return seqIn(outcome);
}
