import { type RedisConnection, Script } from '@parley/redis';
import source from './begin-ending.lua.js';
import type { PresenceSlotKeys } from './keys.js';

const script = new Script(source);

/** A gateway to clean up after. */
export interface BeginEnding {
  readonly gatewayId: string;
  /** How long the claim runs; each batch renews it. */
  readonly claimMs: number;
  /** Whether the gateway gives its lease up, which ends it early. */
  readonly givenUp: boolean;
}

/** Claims the clean-up after a gateway. Returns whether the caller has the claim. */
export async function beginEnding(
  redis: RedisConnection,
  keys: PresenceSlotKeys,
  { gatewayId, claimMs, givenUp }: BeginEnding,
): Promise<boolean> {
  const { leases, renewed, endings, gateway, ending } = keys.presence;
  const claimed = await script.run(
    redis,
    [leases(), renewed(), endings(), gateway(gatewayId), ending(gatewayId)],
    [gatewayId, claimMs, givenUp ? 1 : 0],
  );
  return claimed === 1;
}
