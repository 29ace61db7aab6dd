import { mayBeGroup } from '@parley/contracts';
import { type RedisConnection, Script } from '@parley/redis';
import { throwRefusal } from '../groups/redis/group-outcome.js';
import type { ChannelKeys } from './keys.js';
import source from './read-history.lua.js';

const script = new Script(source);

/** Which messages of a channel: after one Seq, before another, or from the newest. */
export interface ReadHistory {
  readonly channelUUID: string;
  /** UUID of the reader, whose own reactions are marked, and who has to be a member of a group unless an operator asks; empty for nobody's. */
  readonly user: string;
  readonly isOperator?: boolean;
  readonly after: number | undefined;
  readonly before: number | undefined;
  /** Number of newest messages to skip, without `after` and `before`. */
  readonly offset: number;
  readonly limit: number;
  /** Size of the messages at most; the first one always fits. */
  readonly bytes: number;
}

/** Some of a channel's messages. */
export interface HistoryPart {
  /** Messages in the log. */
  readonly total: number;
  /** Whether there are more in the direction of reading. */
  readonly hasMore: boolean;
  /** The messages as JSON, the oldest first. */
  readonly messages: readonly string[];
}

/** Reads a page of messages. Rejects with Redis's error, and CHANNEL_NOT_FOUND or FORBIDDEN for a user who may not read the group. */
export async function readHistory(
  redis: RedisConnection,
  keys: ChannelKeys,
  { channelUUID, user, isOperator = false, after, before, offset, limit, bytes }: ReadHistory,
): Promise<HistoryPart> {
  const isGroup = user !== '' && !isOperator && mayBeGroup(channelUUID) ? 1 : 0;
  const reply = await script.run(
    redis,
    [keys.meta(channelUUID), keys.log(channelUUID)],
    [after ?? '', before ?? '', offset, limit, bytes, user, isGroup],
  );
  throwRefusal(reply);
  const [total, more, messages] = reply as [number, number, string[]];
  return { total, hasMore: more === 1, messages: after === undefined ? messages.reverse() : messages };
}
