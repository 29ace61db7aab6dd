import { type RedisConnection, Script } from '@parley/redis';
import type { ChannelKeys } from './keys.js';
import source from './purge-states.lua.js';

const script = new Script(source);

/** Messages that are looked at in one step: about 1 ms of Redis's time with the longest texts. */
const LOOKED_AT_ONCE = 32;

/** A step of taking a user out of what is kept beside the log of a channel. */
export interface PurgeStates {
  readonly channelUUID: string;
  /** The tombstones with the messages among them, or what has changed of single messages. */
  readonly what: 'gone' | 'changed';
  /** The user. */
  readonly whose: string;
  /** Seq of the last message that was looked at; 0 to begin. */
  readonly after: number;
}

/**
 * Takes the texts, names and reactions of a user out of a part. Returns the Seq to go on after, undefined at the end. May be
 * repeated. Works when Redis is full, too. Rejects with Redis's error.
 */
export async function purgeStates(
  redis: RedisConnection,
  keys: ChannelKeys,
  { channelUUID, what, whose, after }: PurgeStates,
): Promise<number | undefined> {
  const at = new Date().toISOString();
  const place = await script.run(redis, [keys.meta(channelUUID)], [what, whose, after, LOOKED_AT_ONCE, at]);
  return place === -1 ? undefined : Number(place);
}
