import type { RedisConnection } from '../transport-options.js';
import source from './replay-entry.lua.js';
import { Script } from './script.js';

const script = new Script(source);

export interface ReplayEntryKeys {
  dead: string;
  stream: string;
  /** Only for requests, which the queue counts. */
  depth?: string;
}

/** What to replay, and the fields of the new entry. */
export interface ReplayEntry {
  id: string;
  fields: readonly string[];
}

/** Returns whether this call replayed it: another one may have been faster. */
export async function replayEntry(
  redis: RedisConnection,
  keys: ReplayEntryKeys,
  { id, fields }: ReplayEntry,
): Promise<boolean> {
  const names = [keys.dead, keys.stream, keys.depth ?? keys.dead];
  const size = keys.depth === undefined ? 0 : 1;
  return (await script.run(redis, names, [id, size, ...fields])) === 1;
}
