import type { Identity } from '@parley/contracts';
import { usernameKey } from '@parley/protocol';
import { type RedisConnection, Script } from '@parley/redis';
import { ALIKE_FORMS, alikeForms, NAME_KINDS } from '../names/alike-forms.js';
import type { UsersKeys } from './keys.js';
import source from './purge-user.lua.js';

const script = new Script(source);

/** Removes a user from the directory, and frees the username if it is this user's. Rejects with Redis's error. */
export async function purgeUser(
  redis: RedisConnection,
  keys: UsersKeys,
  { UUID, Username }: Identity,
): Promise<void> {
  const { index, names, order, alikes } = keys.directory;
  // The name of a deleted account may be written in another way here than there.
  const entries = alikeForms(Username).flatMap((form) => NAME_KINDS.map((kind) => `${form}:${kind}:${UUID}`));
  await script.run(
    redis,
    [index(), names(), order(), alikes(ALIKE_FORMS)],
    [usernameKey(Username), UUID, ...entries],
  );
}
