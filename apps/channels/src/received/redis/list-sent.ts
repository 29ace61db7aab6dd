import { type RedisConnection, Script } from '@parley/redis';
import type { ChannelKeys } from '../../redis/keys.js';
import source from './list-sent.lua.js';

const script = new Script(source);

/** A part of a private channel, for one of its users. */
export interface ListSent {
  readonly userUUID: string;
  readonly channelUUID: string;
  /** The Seq of the last message of the part before; 0 to begin. */
  readonly after: number;
  /** Messages that are looked at at most. */
  readonly most: number;
}

/** The messages of a part that the user has received. */
export interface SentPart {
  readonly UUIDs: readonly string[];
  /** Where the next part begins; undefined where there is none. */
  readonly after: number | undefined;
  /** Whether anything has changed in the channel: it may be one of these messages. */
  readonly hasChanges: boolean;
}

/** Lists messages that a user has received in a private channel. Rejects with Redis's error. */
export async function listSent(
  redis: RedisConnection,
  keys: ChannelKeys,
  { userUUID, channelUUID, after, most }: ListSent,
): Promise<SentPart> {
  const [last, changes, ...UUIDs] = (await script.run(
    redis,
    [keys.meta(channelUUID), keys.log(channelUUID)],
    [userUUID, after, most],
  )) as [number, number, ...string[]];
  return { UUIDs, after: last === 0 ? undefined : last, hasChanges: changes === 1 };
}
