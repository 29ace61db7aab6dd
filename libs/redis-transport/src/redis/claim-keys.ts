import type { RedisConnection } from '../transport-options.js';
import source from './claim-keys.lua.js';
import { Script } from './script.js';

// At maxmemory, too: what was taken into the queue is answered, and a claim is small and lapses.
const script = new Script(source, ['allow-oom']);

/** A request's claim on an idempotency key. */
export interface KeyClaim {
  key: string;
  claim: string;
  /** The stream entry of the request. */
  entryId: string;
}

/** The claims to make, by whom, and how long each outlives its last renewal. */
export interface ClaimKeys {
  group: string;
  consumer: string;
  leaseMs: number;
  claims: readonly KeyClaim[];
}

/** Returns for each key the empty string if it is claimed now, otherwise its present value. */
export async function claimKeys(
  redis: RedisConnection,
  keys: { requests: string },
  { group, consumer, leaseMs, claims }: ClaimKeys,
): Promise<string[]> {
  const names = [keys.requests, ...claims.map(({ key }) => key)];
  const pairs = claims.flatMap(({ claim, entryId }) => [claim, entryId]);
  return (await script.run(redis, names, [group, consumer, leaseMs, ...pairs])) as string[];
}
