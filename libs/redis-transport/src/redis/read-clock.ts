import type { RedisConnection } from '../transport-options.js';
import source from './read-clock.lua.js';
import { Script } from './script.js';

const script = new Script(source);

/** Returns the clock of the node that stores `key`: milliseconds since 1970, with fractions. */
export async function readClock(redis: RedisConnection, key: string): Promise<number> {
  const [seconds, microseconds] = (await script.run(redis, [key], [])) as [string, string];
  return Number(seconds) * 1_000 + Number(microseconds) / 1_000;
}
