import { LuaScript } from './lua-script.js';
import type { RedisConnection } from './transport-options.js';

const script = new LuaScript(import.meta.url, 'claim-keys.lua');

/** Returns for each key the empty text when it is now claimed, else what stands there. */
export async function claimKeys(
  client: RedisConnection,
  keys: readonly string[],
  claims: readonly string[],
  leaseMs: number,
): Promise<string[]> {
  return (await script.run(client, keys, [leaseMs, ...claims])) as string[];
}
