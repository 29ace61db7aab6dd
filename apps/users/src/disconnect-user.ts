import type { PresentConnection } from '@parley/contracts';
import { type RedisConnection, Script } from '@parley/redis';
import { connectionMember } from './connection-member.js';
import type { UsersKeys } from './keys.js';

const script = new Script(import.meta.url, 'disconnect-user.lua');

/** Forgets a connection, once however often it is called; answers whether the user is offline. */
export async function disconnectUser(
  redis: RedisConnection,
  keys: UsersKeys,
  connection: PresentConnection,
): Promise<boolean> {
  const { gateway, online } = keys.presence;
  const offline = await script.run(
    redis,
    [gateway(connection.gatewayId), online()],
    [connectionMember(connection), connection.user.UUID],
  );
  return offline === 1;
}
