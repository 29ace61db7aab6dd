import type { PresentConnection } from '@parley/contracts';
import { type RedisConnection, Script } from '@parley/redis';
import { connectionMember } from '../connection-member.js';
import type { UsersKeys } from './keys.js';

const script = new Script(import.meta.url, 'connect-users.lua');

/** Notes connections of one gateway, once however often it is called; answers of each whether it is its user's only one. */
export async function connectUsers(
  redis: RedisConnection,
  keys: UsersKeys,
  gatewayId: string,
  connections: readonly PresentConnection[],
  leaseMs: number,
): Promise<boolean[]> {
  const { gateway, online, leases } = keys.presence;
  const onlys = await script.run(
    redis,
    [gateway(gatewayId), online(), leases()],
    [gatewayId, leaseMs, ...connections.flatMap((each) => [connectionMember(each), each.user.UUID])],
  );
  return (onlys as number[]).map((only) => only === 1);
}
