import type { Identity } from '@parley/contracts';
import { type RedisConnection, Script } from '@parley/redis';
import { ALIKE_FORMS, alikeForms, kindOf, lastingForms } from '../names/alike-forms.js';
import source from './forget-user.lua.js';
import type { UsersKeys } from './keys.js';

const script = new Script(source);

/**
 * Removes a user from the directory who still has this username there. The username stays taken.
 * @param keepTold see `UserEventKinds.keep`.
 * @returns how many users were removed by now: what was read before is not copied after this.
 */
export async function forgetUser(
  redis: RedisConnection,
  { directory }: UsersKeys,
  { UUID, Username }: Identity,
  keepTold = 0,
): Promise<number> {
  const kept = lastingForms(Username);
  const gone = alikeForms(Username).filter((form) => !kept.includes(form));
  const entries = [...kept, ...gone].map((form) => `${form}:${kindOf(Username)}:${UUID}`);
  const removals = await script.run(
    redis,
    [
      directory.names(),
      directory.order(),
      directory.alikes(ALIKE_FORMS),
      directory.copying(),
      directory.created(),
      directory.told(),
    ],
    [UUID, Username, keepTold, kept.length, ...entries],
  );
  return removals as number;
}
