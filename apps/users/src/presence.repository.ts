import type { PresentConnection } from '@parley/contracts';
import type { RedisConnection } from '@parley/redis';
import { beginEnding } from './begin-ending.js';
import { connectUser } from './connect-user.js';
import { disconnectUser } from './disconnect-user.js';
import { endConnections } from './end-connections.js';
import { findEndedGateways } from './find-ended-gateways.js';
import type { UsersKeys } from './keys.js';
import type { EndedBatch, Presence } from './presence.js';
import { renewLease } from './renew-lease.js';

/** Connections uncounted by one script, and so the most users in one event: Redis is held up for about a millisecond. */
const BATCH = 500;
/** Ended gateways looked up at once; more wait for the next look. */
const GATEWAYS_AT_ONCE = 100;

/** How long the {@link PresenceRepository} lets things run, in milliseconds of Redis's clock. */
export interface PresenceTimes {
  readonly leaseMs: number;
  /** Silence after which another replica goes on with a clean-up. */
  readonly claimMs: number;
}

/** {@link Presence} in Redis. */
export class PresenceRepository implements Presence {
  constructor(
    private readonly redis: RedisConnection,
    private readonly keys: UsersKeys,
    private readonly times: PresenceTimes,
  ) {}

  async online(UUIDs: readonly string[]): Promise<boolean[]> {
    if (UUIDs.length === 0) return [];
    const counts = await this.redis.hmget(this.keys.presence.online(), ...UUIDs);
    return counts.map((count) => count !== null);
  }

  connect(connection: PresentConnection): Promise<boolean> {
    return connectUser(this.redis, this.keys, connection, this.times.leaseMs);
  }

  disconnect(connection: PresentConnection): Promise<boolean> {
    return disconnectUser(this.redis, this.keys, connection);
  }

  renewLease(gatewayId: string): Promise<boolean> {
    return renewLease(this.redis, this.keys, gatewayId, this.times.leaseMs);
  }

  async findEnded(): Promise<string[]> {
    return [...new Set(await findEndedGateways(this.redis, this.keys, GATEWAYS_AT_ONCE))];
  }

  beginEnding(gatewayId: string, reason: 'expired' | 'given up'): Promise<boolean> {
    const claim = { claimMs: this.times.claimMs, givenUp: reason === 'given up' };
    return beginEnding(this.redis, this.keys, gatewayId, claim);
  }

  endConnections(gatewayId: string): Promise<EndedBatch> {
    return endConnections(this.redis, this.keys, gatewayId, { claimMs: this.times.claimMs, batch: BATCH });
  }

  async forgetDeparted(gatewayId: string, UUIDs: readonly string[]): Promise<void> {
    await this.redis.srem(this.keys.presence.departed(gatewayId), ...UUIDs);
  }

  async finishEnding(gatewayId: string): Promise<void> {
    await this.redis.zrem(this.keys.presence.endings(), gatewayId);
  }
}
