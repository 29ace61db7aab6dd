import { type RedisConnection, Script } from '@parley/redis';

const script = new Script(import.meta.url, 'read-history.lua');

/** What {@link readHistory} takes; the script's header says what each entry is. */
export interface ReadHistory {
  readonly keys: { readonly log: string };
  readonly after: number | undefined;
  readonly before: number | undefined;
  readonly offset: number;
  readonly limit: number;
  readonly bytes: number;
}

/** A part of a channel's messages. */
export interface HistoryPart {
  /** Messages in the log. */
  readonly total: number;
  /** Whether there are more in the direction of reading. */
  readonly hasMore: boolean;
  /** The messages as JSON, the oldest first. */
  readonly messages: readonly string[];
}

/** Reads a page of messages. */
export async function readHistory(
  redis: RedisConnection,
  { keys, after, before, offset, limit, bytes }: ReadHistory,
): Promise<HistoryPart> {
  const reply = await script.run(redis, [keys.log], [after ?? '', before ?? '', offset, limit, bytes]);
  const [total, more, messages] = reply as [number, number, string[]];
  return { total, hasMore: more === 1, messages: after === undefined ? messages.reverse() : messages };
}
