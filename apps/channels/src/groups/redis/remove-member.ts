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
import { throwRefusal } from './group-outcome.js';
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
export interface Removal {
  /** The Seq of the entry; 0 where nothing has changed. */
  readonly seq: number;
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
  throwRefusal(outcome, 'ABSENT');
  const [, seq, was, epoch, number] = String(outcome).split(' ');
  if (seq === undefined) return { seq: 0 };
  const left = was === 'member' ? { epoch: epoch!, seq: Number(seq), number: Number(number) } : undefined;
  return { seq: Number(seq), left };
}
