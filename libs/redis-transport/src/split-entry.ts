import type { FinishRequestsKeys } from './finish-requests.js';
import { LuaScript } from './lua-script.js';
import type { RedisConnection } from './transport-options.js';

const script = new LuaScript(import.meta.url, 'split-entry.lua');

/** Puts each body into an entry of its own in place of the batch. Returns whether this call did it. */
export async function splitEntry(
  client: RedisConnection,
  keys: FinishRequestsKeys,
  group: string,
  batch: { id: string; size: number; tries: number },
  bodies: readonly string[],
): Promise<boolean> {
  const args = [group, batch.id, batch.size, batch.tries, ...bodies];
  return (await script.run(client, [keys.requests, keys.partial, keys.depth], args)) === 1;
}
