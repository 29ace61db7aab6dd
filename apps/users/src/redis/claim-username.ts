import type { Identity } from '@parley/contracts';
import { AppError, usernameKey } from '@parley/protocol';
import { type RedisConnection, Script } from '@parley/redis';
import { ALIKE_FORMS, alikeForms, kindOf } from '../names/alike-forms.js';
import source from './claim-username.lua.js';
import type { UsersKeys } from './keys.js';

const script = new Script(source);

/**
 * Claims `user.Username` for `user.UUID`. Returns who the user is from now on: a second claim changes nothing, and the
 * spelling of the first one stays.
 * @throws AppError USERNAME_TAKEN if another user has the name or one that looks like it, or the user has another name.
 */
export async function claimUsername(
  redis: RedisConnection,
  keys: UsersKeys,
  { UUID, Username }: Identity,
): Promise<Identity> {
  const { index, names, order, alikes, indexed } = keys.directory;
  const forms = alikeForms(Username);
  const username = (await script.run(
    redis,
    [index(), names(), order(), alikes(ALIKE_FORMS), indexed()],
    [usernameKey(Username), UUID, Username, kindOf(Username), ALIKE_FORMS, ...forms],
  )) as string | null;
  if (username === null) throw new AppError('USERNAME_TAKEN');
  return { UUID, Username: username };
}
