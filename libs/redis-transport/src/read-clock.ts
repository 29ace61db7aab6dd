import { LuaScript } from './lua-script.js';
import type { RedisConnection } from './transport-options.js';

const script = new LuaScript(import.meta.url, 'read-clock.lua');

/** The clock of the node that stores `key`: milliseconds since 1970, with fractions. */
export async function readClock(client: RedisConnection, key: string): Promise<number> {
  const [seconds, microseconds] = (await script.run(client, [key], [])) as [string, string];
  return Number(seconds) * 1_000 + Number(microseconds) / 1_000;
}
