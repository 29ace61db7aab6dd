import type { Identity } from '@parley/contracts';
import { usernameKey } from '@parley/protocol';
import { type RedisConnection, Script } from '@parley/redis';
import type { UsersKeys } from './keys.js';
import source from './purge-user.lua.js';

const script = new Script(source);

/** Removes a user from the directory, and frees the username if it is this user's. Rejects with Redis's error. */
export async function purgeUser(
  redis: RedisConnection,
  keys: UsersKeys,
  { UUID, Username }: Identity,
): Promise<void> {
  const { index, names, order } = keys.directory;
  await script.run(redis, [index(), names(), order()], [usernameKey(Username), UUID]);
}
