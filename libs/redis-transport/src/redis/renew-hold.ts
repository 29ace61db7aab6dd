import type { RedisConnection } from '../transport-options.js';
import type { KeyClaim } from './claim-keys.js';
import source from './renew-hold.lua.js';
import { Script } from './script.js';

const script = new Script(source);

/** What a replica has in hand, and how long its claims on idempotency keys run from now on. */
export interface RenewHold {
  group: string;
  consumer: string;
  leaseMs: number;
  claims: readonly Omit<KeyClaim, 'entryId'>[];
  ids: readonly string[];
}

/** Renews what a replica has in hand, as far as it is still its own. Returns how many of the entries are, and the claims that are not. */
export async function renewHold(
  redis: RedisConnection,
  keys: { stream: string },
  { group, consumer, leaseMs, claims, ids }: RenewHold,
): Promise<{ renewed: number; lost: RenewHold['claims'] }> {
  const names = [keys.stream, ...claims.map(({ key }) => key)];
  const args = [group, consumer, leaseMs, ...claims.map(({ claim }) => claim), ...ids];
  const [renewed = 0, ...lost] = (await script.run(redis, names, args)) as number[];
  return { renewed, lost: lost.map((place) => claims[place - 1]!) };
}
