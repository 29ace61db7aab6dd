import { type RedisConnection, Script } from '@parley/redis';
import type { EndedBatch } from '../presence.js';
import source from './end-connections.lua.js';
import type { PresenceSlotKeys } from './keys.js';

const script = new Script(source);

/** A gateway whose clean-up the caller has claimed. */
export interface EndConnections {
  readonly gatewayId: string;
  /** How long the claim runs from now on. */
  readonly claimMs: number;
  /** The most connections to uncount. */
  readonly batch: number;
  /** See `UserEventKinds.keep`. */
  readonly keepTold: number;
}

/** Uncounts a batch of a gateway's connections. Returns how many are left, and who went offline. */
export async function endConnections(
  redis: RedisConnection,
  keys: PresenceSlotKeys,
  { gatewayId, claimMs, batch, keepTold }: EndConnections,
): Promise<EndedBatch> {
  const { endings, ending, online, departed, told } = keys.presence;
  const ended = await script.run(
    redis,
    [endings(), ending(gatewayId), online(), departed(gatewayId), told()],
    [gatewayId, claimMs, batch, keepTold],
  );
  const [left, users] = ended as [left: number, departed: string[]];
  return { left, departed: users };
}
