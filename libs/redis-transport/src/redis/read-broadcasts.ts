import type { RedisConnection } from '../transport-options.js';
import type { RawEntry } from '../wire-format.js';
import source from './read-broadcasts.lua.js';
import { Script } from './script.js';

const script = new Script(source);

/** Where to read on, and how many events at most. */
export interface ReadBroadcasts {
  position: string;
  count: number;
}

/** What the stream has had and holds, and the events after the position, or after the newest id if that is smaller. */
export interface BroadcastsRead {
  newestId: string;
  /** Events ever added. */
  added: number;
  length: number;
  /** Whether the event after the position is the oldest that is held, so that some before it may have been trimmed. */
  isAtOldest: boolean;
  entries: RawEntry[];
}

/** Reads without waiting. A stream that does not exist is empty and has had no events. */
export async function readBroadcasts(
  redis: RedisConnection,
  keys: { events: string },
  { position, count }: ReadBroadcasts,
): Promise<BroadcastsRead> {
  const reply = await script.run(redis, [keys.events], [position, count]);
  const [newestId, added, length, atOldest, entries] = reply as [string, number, number, number, RawEntry[]];
  return { newestId, added, length, isAtOldest: atOldest === 1, entries };
}
