import { type RedisConnection, Script } from '@parley/redis';
import type { UsersKeys } from './keys.js';

const script = new Script(import.meta.url, 'renew-lease.lua');

/** Makes a gateway's lease run for `leaseMs` from now; answers whether its connections are still noted. */
export async function renewLease(
  redis: RedisConnection,
  keys: UsersKeys,
  gatewayId: string,
  leaseMs: number,
): Promise<boolean> {
  const { leases, renewed } = keys.presence;
  return (await script.run(redis, [leases(), renewed()], [gatewayId, leaseMs])) === 1;
}
