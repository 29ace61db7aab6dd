import { type RedisConnection, Script } from '@parley/redis';
import type { PresenceSlotKeys } from './keys.js';
import source from './renew-lease.lua.js';

const script = new Script(source);

/** A gateway that is alive, and how long its lease runs from now on. */
export interface RenewLease {
  readonly gatewayId: string;
  readonly leaseMs: number;
}

/** Renews a gateway's lease. Returns whether the gateway's connections are still noted. */
export async function renewLease(
  redis: RedisConnection,
  keys: PresenceSlotKeys,
  { gatewayId, leaseMs }: RenewLease,
): Promise<boolean> {
  const { leases, renewed } = keys.presence;
  return (await script.run(redis, [leases(), renewed()], [gatewayId, leaseMs])) === 1;
}
