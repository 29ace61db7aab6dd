import type { Identity } from '@parley/contracts';
import { usernameKey } from '@parley/protocol';
import { type RedisConnection, Script } from '@parley/redis';
import source from './forget-user.lua.js';
import type { UsersKeys } from './keys.js';

const script = new Script(source);

/** Removes a user from the directory. Returns whether the user was there. Rejects with Redis's error. */
export async function forgetUser(
  redis: RedisConnection,
  keys: UsersKeys,
  { UUID, Username }: Identity,
): Promise<boolean> {
  const { index, names, order } = keys.directory;
  const removed = await script.run(redis, [index(), names(), order()], [usernameKey(Username), UUID]);
  return removed === 1;
}
