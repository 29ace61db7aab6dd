import { Script } from '@parley/redis';
import type { Appender } from '../../redis/appender.js';
import type { ChannelKeys } from '../../redis/keys.js';
import source from './change-group.lua.js';
import { entryArgs, type GroupChange, groupKeys } from './group-change.js';
import { type Logged, loggedIn, throwRefusal } from './group-outcome.js';

const script = new Script(source);

/** What changes of a group itself. */
export interface ChangeGroup extends GroupChange {
  /** See `rowOf`. */
  readonly row: string;
  readonly name?: string | undefined;
  readonly topic?: string | undefined;
  readonly archived?: boolean | undefined;
}

/**
 * Changes a group.
 * @throws AppError CHANNEL_NOT_FOUND, FORBIDDEN, UNAVAILABLE when late. Redis's errors.
 */
export async function changeGroup(
  appender: Appender,
  keys: ChannelKeys,
  change: ChangeGroup,
): Promise<Logged> {
  const { channelUUID, by, row, name, topic, archived } = change;
  const fields = Object.entries({ name, topic, archived }).flatMap(([field, value]) => {
    if (value === undefined) return [];
    const text = typeof value === 'boolean' ? String(Number(value)) : value;
    return [field, text, `"${field}":${JSON.stringify(value)}`];
  });
  const outcome = await appender.append(script, groupKeys(keys, channelUUID), [
    ...[by, row],
    ...entryArgs(appender, keys, change),
    ...fields,
  ]);
  throwRefusal(outcome);
  return loggedIn(outcome);
}
