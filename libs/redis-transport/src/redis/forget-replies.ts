import type { RedisConnection } from '../transport-options.js';
import { Script } from './script.js';

// At maxmemory, too: it frees memory.
const script = new Script(import.meta.url, 'forget-replies.lua', ['allow-oom']);

/** Returns how many replies were there to be forgotten. */
export async function forgetReplies(redis: RedisConnection, done: readonly string[]): Promise<number> {
  return (await script.run(redis, done, [])) as number;
}
