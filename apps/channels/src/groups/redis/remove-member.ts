import { Script } from '@parley/redis';
import type { Appender } from '../../redis/appender.js';
import type { ChannelKeys } from '../../redis/keys.js';
import type { CountedPosition } from '../../redis/log-state.js';
import {
  entryArgs,
  type GroupChange,
  type RememberedRequest,
  requestArgs,
  requestKeys,
} from './group-change.js';
import { type Logged, loggedIn, throwRefusal } from './group-outcome.js';
import source from './remove-member.lua.js';

const script = new Script(source);

/** A membership that ends: that of `user`, who is `by` to quit. */
export interface RemoveMember extends GroupChange, RememberedRequest {
  readonly user: string;
  readonly isBanned: boolean;
  /** See `rowOf`. */
  readonly row: string;
}

/** What has become of a membership. */
export interface Removal extends Logged {
  /** Where the group stood for one who was a member; undefined for others, who were banned alone. */
  readonly left?: CountedPosition | undefined;
}

/**
 * Removes a member.
 * @throws AppError CHANNEL_NOT_FOUND, FORBIDDEN, LIMIT_REACHED where too many are banned, UNAVAILABLE when late. Redis's errors.
 */
export async function removeMember(
  appender: Appender,
  keys: ChannelKeys,
  change: RemoveMember,
): Promise<Removal> {
  const { channelUUID, by, user, isBanned, row } = change;
  const outcome = await appender.append(script, requestKeys(keys, channelUUID), [
    ...[by, user, isBanned ? 1 : 0, row],
    ...entryArgs(appender, keys, change),
    ...requestArgs(change),
  ]);
  throwRefusal(outcome);
  const [, , was, epoch, number] = String(outcome).split(' ');
  const logged = loggedIn(outcome);
  const left = was === 'member' ? { epoch: epoch!, seq: logged.seq, number: Number(number) } : undefined;
  return { ...logged, left };
}
