import { Script } from '@parley/redis';
import type { Appender } from '../../redis/appender.js';
import type { ChannelKeys } from '../../redis/keys.js';
import source from './admit-members.lua.js';
import {
  entryArgs,
  type GroupChange,
  type RememberedRequest,
  requestArgs,
  requestKeys,
} from './group-change.js';
import { throwRefusal } from './group-outcome.js';

const script = new Script(source);

/** Users who become members. */
export interface AdmitMembers extends GroupChange, RememberedRequest {
  /** See `rowOf`. Empty where `by` joins. */
  readonly row: string;
  /** Members of the group at most. */
  readonly most: number;
  readonly users: readonly string[];
}

/** What has become of a user: ADDED, MEMBER before, BANNED, or FULL where the group has as many as it may have. */
export type Admission = 'ADDED' | 'MEMBER' | 'BANNED' | 'FULL';

/** What has become of each user, and the Seq of the first entry that says so; that of the newest where there is none. */
export interface Admitted {
  readonly admissions: readonly Admission[];
  readonly from: number;
}

/** Makes users members. @throws AppError CHANNEL_NOT_FOUND, FORBIDDEN, UNAVAILABLE when late. Redis's errors. */
export async function admitMembers(
  appender: Appender,
  keys: ChannelKeys,
  change: AdmitMembers,
): Promise<Admitted> {
  const { channelUUID, by, row, most, users } = change;
  const outcomes = (await appender.append(script, requestKeys(keys, channelUUID), [
    ...[by, row, most],
    ...entryArgs(appender, keys, change),
    ...requestArgs(change),
    ...users,
  ])) as string[];
  throwRefusal(outcomes[0], 'BANNED', 'FULL');
  return { admissions: outcomes.slice(0, -1) as Admission[], from: Number(outcomes.at(-1)) };
}
