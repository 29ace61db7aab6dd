import { LuaScript } from './lua-script.js';
import type { RedisConnection } from './transport-options.js';

const script = new LuaScript(import.meta.url, 'renew-hold.lua');

/** Renews what a replica has in hand. Returns how many entries are still its own. */
export async function renewHold(
  client: RedisConnection,
  keys: { stream: string; claimed: readonly string[] },
  holder: { group: string; consumer: string; leaseMs: number },
  ids: readonly string[],
): Promise<number> {
  const args = [holder.group, holder.consumer, holder.leaseMs, ...ids];
  return (await script.run(client, [keys.stream, ...keys.claimed], args)) as number;
}
