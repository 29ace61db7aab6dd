import { type RedisConnection, Script } from '@parley/redis';
import type { UsersKeys } from './keys.js';

const script = new Script(import.meta.url, 'find-ended-gateways.lua');

/** The ids of gateways to clean up after: `most` whose lease ran out, and `most` whose clean-up was left off. */
export async function findEndedGateways(
  redis: RedisConnection,
  keys: UsersKeys,
  most: number,
): Promise<string[]> {
  const { leases, endings } = keys.presence;
  return (await script.run(redis, [leases(), endings()], [most])) as string[];
}
