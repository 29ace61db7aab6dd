import type { RedisConnection } from '../transport-options.js';
import { Script } from './script.js';

const script = new Script(import.meta.url, 'renew-hold.lua');

/** What a replica has in hand, and how long its claims on idempotency keys run from now on. */
export interface RenewHold {
  group: string;
  consumer: string;
  leaseMs: number;
  ids: readonly string[];
}

/** Renews what a replica has in hand. Returns how many of the entries are still its own. */
export async function renewHold(
  redis: RedisConnection,
  keys: { stream: string; claimed: readonly string[] },
  { group, consumer, leaseMs, ids }: RenewHold,
): Promise<number> {
  const args = [group, consumer, leaseMs, ...ids];
  return (await script.run(redis, [keys.stream, ...keys.claimed], args)) as number;
}
