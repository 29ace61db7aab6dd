import { randomUUID } from 'node:crypto';
import type { Appender } from '../../redis/appender.js';
import { lastMoment } from '../../redis/delivery.js';
import type { ChannelKeys } from '../../redis/keys.js';
import { HANDLED_MS, recordOf } from '../../redis/retention.js';

/** A change of a group that is an entry of its log. */
export interface GroupChange {
  readonly channelUUID: string;
  /** Who makes it. */
  readonly by: string;
  /** Changes that the log keeps at least. */
  readonly keep: number;
  /** When it may be made at the latest, in ms by Redis's clock. */
  readonly deadline: number;
}

/** The keys of a script that changes a group. It names the others itself. */
export const groupKeys = (keys: ChannelKeys, channelUUID: string): string[] => [
  keys.meta(channelUUID),
  keys.log(channelUUID),
];

/** The arguments that all such scripts take for the entry and its frame. */
export const entryArgs = (
  appender: Appender,
  keys: ChannelKeys,
  { channelUUID, keep, deadline }: GroupChange,
): (string | number)[] => [
  ...[randomUUID(), keep, appender.publish, keys.frames(channelUUID)],
  lastMoment(appender, deadline),
];

/** A change whose request is remembered: handled again, it has the outcome that it had. */
export interface RememberedRequest {
  readonly by: string;
  /** Names the request among those of its user. Without it, or with an empty one, nothing is remembered. */
  readonly key?: string | undefined;
}

/** The keys of a script that remembers requests. */
export const requestKeys = (keys: ChannelKeys, channelUUID: string): string[] => [
  ...groupKeys(keys, channelUUID),
  ...keys.memory(channelUUID, 'handled'),
];

/** The arguments of a script that remembers requests. */
export const requestArgs = ({ by, key }: RememberedRequest): (string | number)[] => [
  key ? recordOf(by, key) : '',
  HANDLED_MS,
];
