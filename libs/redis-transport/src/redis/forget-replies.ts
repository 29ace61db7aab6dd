import type { RedisConnection } from '../transport-options.js';
import source from './forget-replies.lua.js';
import { Script } from './script.js';

// At maxmemory, too: it frees memory.
const script = new Script(source, ['allow-oom']);

/** Returns how many replies were there to be forgotten. */
export async function forgetReplies(redis: RedisConnection, done: readonly string[]): Promise<number> {
  return (await script.run(redis, done, [])) as number;
}
