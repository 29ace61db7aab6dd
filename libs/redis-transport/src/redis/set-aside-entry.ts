import type { RedisConnection } from '../transport-options.js';
import { Script } from './script.js';

const script = new Script(import.meta.url, 'set-aside-entry.lua');

/** What is kept for inspection. */
export interface SetAsideRecord {
  reason: string;
  pattern: string;
  tries: number;
  /** When the request was made, in ms of Redis's clock. */
  requestedAt: number;
  /** The packet as JSON, cut to the configured length. */
  payload: string;
}

export interface SetAsideKeys {
  stream: string;
  dead: string;
  /** Only for requests, which leave the stream and the queue's count. */
  depth?: string;
}

/** An entry to set aside for inspection. The dead stream keeps about `maxDead` entries. */
export interface SetAsideEntry {
  group: string;
  entry: { id: string; size: number };
  maxDead: number;
  record: SetAsideRecord;
}

/** Returns whether this call set the entry aside. */
export async function setAsideEntry(
  redis: RedisConnection,
  keys: SetAsideKeys,
  { group, entry, maxDead, record }: SetAsideEntry,
): Promise<boolean> {
  const size = keys.depth === undefined ? 0 : entry.size;
  const fields = Object.entries(record).flat();
  const args = [group, entry.id, maxDead, size, 'entry', entry.id, ...fields];
  return (await script.run(redis, [keys.stream, keys.dead, keys.depth ?? keys.dead], args)) === 1;
}
