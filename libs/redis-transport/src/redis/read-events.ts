import type { RedisConnection } from '../transport-options.js';
import type { RawEntry } from '../wire-format.js';
import source from './read-events.lua.js';
import { Script } from './script.js';

const script = new Script(source);

/** Who reads, and how many events at most. */
export interface ReadEvents {
  group: string;
  consumer: string;
  count: number;
}

/** What a service has missed, what it has still to read, and the events read. */
export interface EventsRead {
  lost: number;
  lag: number;
  entries: RawEntry[];
}

/** Reads without waiting. Rejects with `NOGROUP` if the stream or its group is gone. */
export async function readEvents(
  redis: RedisConnection,
  keys: { events: string },
  { group, consumer, count }: ReadEvents,
): Promise<EventsRead> {
  const reply = await script.run(redis, [keys.events], [group, consumer, count]);
  const [lost, lag, entries] = reply as [number, number, RawEntry[]];
  return { lost, lag, entries };
}
