import type { PresentConnection } from '@parley/contracts';
import { type RedisConnection, Script } from '@parley/redis';
import { connectionMember } from '../connection-member.js';
import type { UsersKeys } from './keys.js';

const script = new Script(import.meta.url, 'disconnect-users.lua');

/** Forgets connections of one gateway, once however often it is called; answers of each whether its user is offline. */
export async function disconnectUsers(
  redis: RedisConnection,
  keys: UsersKeys,
  gatewayId: string,
  connections: readonly PresentConnection[],
): Promise<boolean[]> {
  const { gateway, online } = keys.presence;
  const gone = await script.run(
    redis,
    [gateway(gatewayId), online()],
    connections.flatMap((each) => [connectionMember(each), each.user.UUID]),
  );
  return (gone as number[]).map((isGone) => isGone === 1);
}
