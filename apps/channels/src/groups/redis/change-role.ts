import type { MemberRole } from '@parley/protocol';
import { Script } from '@parley/redis';
import type { Appender } from '../../redis/appender.js';
import type { ChannelKeys } from '../../redis/keys.js';
import source from './change-role.lua.js';
import { entryArgs, type GroupChange, groupKeys } from './group-change.js';
import { type Logged, loggedIn, throwRefusal } from './group-outcome.js';

const script = new Script(source);

/** A member who gets another role. */
export interface ChangeRole extends GroupChange {
  readonly user: string;
  readonly role: MemberRole;
  /** See `rowOf`. */
  readonly row: string;
}

/**
 * Changes a member's role.
 * @throws AppError CHANNEL_NOT_FOUND, FORBIDDEN, USER_NOT_FOUND for who is no member, UNAVAILABLE when late. Redis's errors.
 */
export async function changeRole(appender: Appender, keys: ChannelKeys, change: ChangeRole): Promise<Logged> {
  const { channelUUID, by, user, role, row } = change;
  const outcome = await appender.append(script, groupKeys(keys, channelUUID), [
    ...[by, user, role, row],
    ...entryArgs(appender, keys, change),
  ]);
  throwRefusal(outcome);
  return loggedIn(outcome);
}
