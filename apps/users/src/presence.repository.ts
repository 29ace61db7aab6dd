import type { PresentConnection } from '@parley/contracts';
import type { RedisConnection } from '@parley/redis';
import { TurnBatch } from '@parley/service-kit';
import type { EndedBatch, Presence } from './presence.js';
import type { PresenceTimes } from './presence-times.js';
import { beginEnding } from './redis/begin-ending.js';
import { connectUsers } from './redis/connect-users.js';
import { disconnectUsers } from './redis/disconnect-users.js';
import { endConnections } from './redis/end-connections.js';
import { findEndedGateways } from './redis/find-ended-gateways.js';
import type { PresenceSlotKeys } from './redis/keys.js';
import { renewLease } from './redis/renew-lease.js';

/** The most connections that one script call uncounts, and so the most users in one event: about 1 ms of Redis's time. */
const BATCH = 500;
/** The most connections that one script call notes or forgets: about 1 ms of Redis's time. */
const CHANGED_AT_ONCE = 256;
/** The most ended gateways of one look; more wait for the next look. */
const GATEWAYS_AT_ONCE = 100;

/** The {@link Presence} of one slot in Redis. */
export class PresenceRepository implements Presence {
  private readonly connecting = new TurnBatch<PresentConnection, boolean>(
    (gatewayId, connections) =>
      connectUsers(this.redis, this.keys, {
        ...{ gatewayId, connections, leaseMs: this.times.leaseMs, keepTold: this.keepTold() },
      }),
    CHANGED_AT_ONCE,
  );
  private readonly disconnecting = new TurnBatch<PresentConnection, boolean>(
    (gatewayId, connections) =>
      disconnectUsers(this.redis, this.keys, { gatewayId, connections, keepTold: this.keepTold() }),
    CHANGED_AT_ONCE,
  );

  constructor(
    private readonly redis: RedisConnection,
    private readonly keys: PresenceSlotKeys,
    private readonly times: Pick<PresenceTimes, 'leaseMs' | 'claimMs'>,
    /** How many notes of arrivals and departures stay, about: 0 where nobody is told. */
    private readonly keepTold: () => number = () => 0,
  ) {}

  async online(UUIDs: readonly string[]): Promise<boolean[]> {
    if (UUIDs.length === 0) return [];
    const counts = await this.redis.hmget(this.keys.presence.online(), ...UUIDs);
    return counts.map((count) => count !== null);
  }

  countOnline(): Promise<number> {
    return this.redis.hlen(this.keys.presence.online());
  }

  /** One script call notes the connections of one gateway and turn. */
  connect(connection: PresentConnection): Promise<boolean> {
    return this.connecting.add(connection.gatewayId, connection);
  }

  /** One script call forgets the connections of one gateway and turn. */
  disconnect(connection: PresentConnection): Promise<boolean> {
    return this.disconnecting.add(connection.gatewayId, connection);
  }

  renewLease(gatewayId: string): Promise<boolean> {
    return renewLease(this.redis, this.keys, { gatewayId, leaseMs: this.times.leaseMs });
  }

  async findEnded(): Promise<string[]> {
    return [...new Set(await findEndedGateways(this.redis, this.keys, GATEWAYS_AT_ONCE))];
  }

  beginEnding(gatewayId: string, reason: 'expired' | 'given up'): Promise<boolean> {
    const { claimMs } = this.times;
    return beginEnding(this.redis, this.keys, { gatewayId, claimMs, givenUp: reason === 'given up' });
  }

  endConnections(gatewayId: string): Promise<EndedBatch> {
    const { claimMs } = this.times;
    return endConnections(this.redis, this.keys, {
      ...{ gatewayId, claimMs, batch: BATCH, keepTold: this.keepTold() },
    });
  }

  async forgetDeparted(gatewayId: string, UUIDs: readonly string[]): Promise<void> {
    await this.redis.srem(this.keys.presence.departed(gatewayId), ...UUIDs);
  }

  async finishEnding(gatewayId: string): Promise<void> {
    await this.redis.zrem(this.keys.presence.endings(), gatewayId);
  }
}
