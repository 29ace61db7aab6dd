import { Script } from '@parley/redis';
import type { Appender } from '../../redis/appender.js';
import type { ChannelKeys } from '../../redis/keys.js';
import { entryArgs, type GroupChange, groupKeys } from './group-change.js';
import { type Logged, loggedIn, throwRefusal } from './group-outcome.js';
import source from './mute-member.lua.js';

const script = new Script(source);

/** A member who may not write for some seconds; 0 ends that. */
export interface MuteMember extends GroupChange {
  readonly user: string;
  readonly seconds: number;
  /** See `rowOf`. */
  readonly row: string;
}

/** What is in the log, and until when the user is mute, in ms; 0 for not. */
export interface Muted extends Logged {
  readonly mutedUntil: number;
}

/**
 * Mutes a member.
 * @throws AppError CHANNEL_NOT_FOUND, FORBIDDEN, USER_NOT_FOUND for who is no member, UNAVAILABLE when late. Redis's errors.
 */
export async function muteMember(appender: Appender, keys: ChannelKeys, change: MuteMember): Promise<Muted> {
  const { channelUUID, by, user, seconds, row } = change;
  const outcome = await appender.append(script, groupKeys(keys, channelUUID), [
    ...[by, user, seconds, row],
    ...entryArgs(appender, keys, change),
  ]);
  throwRefusal(outcome);
  const [, , until = '0'] = String(outcome).split(' ');
  return { ...loggedIn(outcome), mutedUntil: Number(until) };
}
