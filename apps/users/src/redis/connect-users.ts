import type { PresentConnection } from '@parley/contracts';
import { type RedisConnection, Script } from '@parley/redis';
import { connectionMember } from '../connection-member.js';
import source from './connect-users.lua.js';
import type { PresenceSlotKeys } from './keys.js';

const script = new Script(source);

/** New connections of one gateway, and how long its lease runs if it has none yet. */
export interface ConnectUsers {
  readonly gatewayId: string;
  readonly connections: readonly PresentConnection[];
  readonly leaseMs: number;
  /** See `UserEventKinds.keep`. */
  readonly keepTold: number;
}

/** Notes connections, each once. Returns for each whether it is its user's only one. */
export async function connectUsers(
  redis: RedisConnection,
  keys: PresenceSlotKeys,
  { gatewayId, connections, leaseMs, keepTold }: ConnectUsers,
): Promise<boolean[]> {
  const { gateway, online, leases, told } = keys.presence;
  const onlys = await script.run(
    redis,
    [gateway(gatewayId), online(), leases(), told()],
    [
      gatewayId,
      leaseMs,
      keepTold,
      ...connections.flatMap((each) => [connectionMember(each), each.user.UUID]),
    ],
  );
  return (onlys as number[]).map((only) => only === 1);
}
