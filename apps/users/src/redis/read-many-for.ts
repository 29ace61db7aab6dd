import { type RedisConnection, Script } from '@parley/redis';
import source from './read-many-for.lua.js';

const script = new Script(source);

/**
 * Returns for how many milliseconds many slots have been used, negative before; undefined if one slot stays.
 * @param manyFrom the key that says since when.
 * @param options.delayMs in how many milliseconds they are used, unless that is noted; 0 for never.
 */
export async function readManyFor(
  redis: RedisConnection,
  manyFrom: string,
  { delayMs }: { delayMs: number },
): Promise<number | undefined> {
  const reply = (await script.run(redis, [manyFrom], [delayMs])) as number | null;
  return reply ?? undefined;
}
