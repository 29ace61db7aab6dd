import type { RedisConnection } from '../transport-options.js';
import type { FinishRequestsKeys } from './finish-requests.js';
import { Script } from './script.js';
import source from './split-entry.lua.js';

const script = new Script(source);

/** A batch to take apart, and the body of each of its requests. */
export interface SplitEntry {
  group: string;
  entry: { id: string; size: number; tries: number };
  bodies: readonly string[];
}

/** Replaces the batch with one entry for each body. Returns whether this call did it. */
export async function splitEntry(
  redis: RedisConnection,
  keys: FinishRequestsKeys,
  { group, entry, bodies }: SplitEntry,
): Promise<boolean> {
  const args = [group, entry.id, entry.size, entry.tries, ...bodies];
  return (await script.run(redis, [keys.requests, keys.partial, keys.depth], args)) === 1;
}
