import type { RedisConnection } from '../transport-options.js';
import { Script } from './script.js';

// At maxmemory, too: what was taken into the queue is answered, and a claim is small and lapses.
const script = new Script(import.meta.url, 'claim-keys.lua', ['allow-oom']);

/** The claims to make, one for each key, and how long each outlives its last renewal. */
export interface ClaimKeys {
  claims: readonly string[];
  leaseMs: number;
}

/** Returns for each key the empty string if it is claimed now, otherwise its present value. */
export async function claimKeys(
  redis: RedisConnection,
  keys: readonly string[],
  { claims, leaseMs }: ClaimKeys,
): Promise<string[]> {
  return (await script.run(redis, keys, [leaseMs, ...claims])) as string[];
}
