import { type RedisConnection, Script } from '@parley/redis';
import type { UsersKeys } from './keys.js';

const script = new Script(import.meta.url, 'begin-ending.lua');

/** What the caller of {@link beginEnding} wants. */
export interface EndingClaim {
  /** How long the claim runs, in milliseconds; each batch makes it run anew. */
  readonly claimMs: number;
  /** Whether the lease ends before its time. */
  readonly givenUp: boolean;
}

/** Claims the clean-up after a gateway; answers whether the caller is the one who does it. */
export async function beginEnding(
  redis: RedisConnection,
  keys: UsersKeys,
  gatewayId: string,
  { claimMs, givenUp }: EndingClaim,
): Promise<boolean> {
  const { leases, renewed, endings, gateway, ending } = keys.presence;
  const claimed = await script.run(
    redis,
    [leases(), renewed(), endings(), gateway(gatewayId), ending(gatewayId)],
    [gatewayId, claimMs, givenUp ? 1 : 0],
  );
  return claimed === 1;
}
