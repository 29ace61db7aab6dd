import { type RedisConnection, Script } from '@parley/redis';
import type { ChannelKeys } from '../../redis/keys.js';
import source from './read-messages.lua.js';

const script = new Script(source);

/** A message that an item of an inbox refers to. */
export interface ReferredMessage {
  readonly channelUUID: string;
  readonly UUID: string;
  /** The Seq in its channel. */
  readonly messageSeq: number;
}

/** Messages that a user's inbox refers to. */
export interface ReadMessages {
  readonly userUUID: string;
  readonly messages: readonly ReferredMessage[];
  /** Size of the messages at most; the first one always fits. */
  readonly bytes: number;
}

/**
 * Reads messages as they are now, up to the first that has no room. `undefined` for one that is gone, or that the user may not
 * read any more. Rejects with Redis's error.
 */
export async function readMessages(
  redis: RedisConnection,
  keys: ChannelKeys,
  { userUUID, messages, bytes }: ReadMessages,
): Promise<(string | undefined)[]> {
  const reply = await script.run(
    redis,
    messages.flatMap(({ channelUUID }) => [keys.meta(channelUUID), keys.log(channelUUID)]),
    [userUUID, bytes, ...messages.flatMap(({ UUID, messageSeq }) => [messageSeq, UUID])],
  );
  return (reply as string[]).map((json) => (json === '' ? undefined : json));
}
