import type { Identity } from '@parley/contracts';
import { usernameKey } from '@parley/protocol';
import { type RedisConnection, Script } from '@parley/redis';
import { ALIKE_FORMS, alikeForms, NAME_KINDS } from '../names/alike-forms.js';
import type { UsersKeys } from './keys.js';
import source from './purge-user.lua.js';

const script = new Script(source);

/**
 * Removes a user from the directory, and frees the username if it is this user's. Rejects with Redis's error.
 * @param keepTold see `UserEventKinds.keep`.
 * @returns how many users were removed by now: what was read before is not copied after this.
 */
export async function purgeUser(
  redis: RedisConnection,
  keys: UsersKeys,
  { UUID, Username }: Identity,
  keepTold = 0,
): Promise<number> {
  const { index, names, order, alikes, copying, created, told } = keys.directory;
  // The name of a deleted account may be written in another way here than there.
  const entries = alikeForms(Username).flatMap((form) => NAME_KINDS.map((kind) => `${form}:${kind}:${UUID}`));
  const removals = await script.run(
    redis,
    [index(), names(), order(), alikes(ALIKE_FORMS), copying(), created(), told()],
    [usernameKey(Username), UUID, keepTold, ...entries],
  );
  return removals as number;
}
