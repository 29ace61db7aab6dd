import { type RedisConnection, Script } from '@parley/redis';
import source from './find-ended-gateways.lua.js';
import type { PresenceSlotKeys } from './keys.js';

const script = new Script(source);

/** Returns up to `most` gateways whose lease has run out, and up to `most` whose clean-up was abandoned. */
export async function findEndedGateways(
  redis: RedisConnection,
  keys: PresenceSlotKeys,
  most: number,
): Promise<string[]> {
  const { leases, endings } = keys.presence;
  return (await script.run(redis, [leases(), endings()], [most])) as string[];
}
