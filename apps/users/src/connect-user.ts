import type { PresentConnection } from '@parley/contracts';
import { type RedisConnection, Script } from '@parley/redis';
import { connectionMember } from './connection-member.js';
import type { UsersKeys } from './keys.js';

const script = new Script(import.meta.url, 'connect-user.lua');

/** Notes a connection, once however often it is called; answers whether it is the user's only one. */
export async function connectUser(
  redis: RedisConnection,
  keys: UsersKeys,
  connection: PresentConnection,
  leaseMs: number,
): Promise<boolean> {
  const { gateway, online, leases } = keys.presence;
  const { gatewayId, user } = connection;
  const only = await script.run(
    redis,
    [gateway(gatewayId), online(), leases()],
    [gatewayId, connectionMember(connection), user.UUID, leaseMs],
  );
  return only === 1;
}
