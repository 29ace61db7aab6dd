import type { PresentConnection } from '@parley/contracts';
import { type RedisConnection, Script } from '@parley/redis';
import { connectionMember } from '../connection-member.js';
import source from './disconnect-users.lua.js';
import type { PresenceSlotKeys } from './keys.js';

const script = new Script(source);

/** Connections that one gateway has lost. */
export interface DisconnectUsers {
  readonly gatewayId: string;
  readonly connections: readonly PresentConnection[];
  /** See `UserEventKinds.keep`. */
  readonly keepTold: number;
}

/** Forgets connections, each once. Returns for each whether its user is offline. */
export async function disconnectUsers(
  redis: RedisConnection,
  keys: PresenceSlotKeys,
  { gatewayId, connections, keepTold }: DisconnectUsers,
): Promise<boolean[]> {
  const { gateway, online, told } = keys.presence;
  const gone = await script.run(
    redis,
    [gateway(gatewayId), online(), told()],
    [keepTold, ...connections.flatMap((each) => [connectionMember(each), each.user.UUID])],
  );
  return (gone as number[]).map((isGone) => isGone === 1);
}
