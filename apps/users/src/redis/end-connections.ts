import { type RedisConnection, Script } from '@parley/redis';
import type { EndedBatch } from '../presence.js';
import type { UsersKeys } from './keys.js';

const script = new Script(import.meta.url, 'end-connections.lua');

/** Uncounts at most `batch` connections of a gateway whose clean-up the caller has claimed. */
export async function endConnections(
  redis: RedisConnection,
  keys: UsersKeys,
  gatewayId: string,
  { claimMs, batch }: { readonly claimMs: number; readonly batch: number },
): Promise<EndedBatch> {
  const { endings, ending, online, departed } = keys.presence;
  const [left, users] = (await script.run(
    redis,
    [endings(), ending(gatewayId), online(), departed(gatewayId)],
    [gatewayId, claimMs, batch],
  )) as [number, string[]];
  return { left, departed: users };
}
