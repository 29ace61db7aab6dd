import { type RedisConnection, Script } from '@parley/redis';
import source from './forget-user.lua.js';
import type { UsersKeys } from './keys.js';

const script = new Script(source);

/** Removes a user from the directory. The username stays taken. */
export async function forgetUser(
  redis: RedisConnection,
  { directory }: UsersKeys,
  { userUUID }: { readonly userUUID: string },
): Promise<void> {
  await script.run(redis, [directory.names(), directory.order()], [userUUID]);
}
