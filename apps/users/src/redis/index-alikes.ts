import type { Identity } from '@parley/contracts';
import { type RedisConnection, Script } from '@parley/redis';
import { ALIKE_FORMS, alikeForms, kindOf } from '../names/alike-forms.js';
import source from './index-alikes.lua.js';
import type { UsersKeys } from './keys.js';

const script = new Script(source);

/** Users in the order of registration, and the places before the first and of the last of them, as they were read. */
export interface IndexAlikes {
  readonly users: readonly Identity[];
  readonly from: string;
  readonly to: string;
}

/** Notes what the names of these users look like. Returns false, and does nothing, if another replica did it meanwhile. */
export async function indexAlikes(
  redis: RedisConnection,
  { directory }: UsersKeys,
  { users, from, to }: IndexAlikes,
): Promise<boolean> {
  const entries = users.flatMap(({ UUID, Username }) =>
    alikeForms(Username).flatMap((form) => [UUID, Username, `${form}:${kindOf(Username)}:${UUID}`]),
  );
  const done = await script.run(
    redis,
    [directory.names(), directory.alikes(ALIKE_FORMS), directory.indexed()],
    [ALIKE_FORMS, from, to, ...entries],
  );
  return done === 1;
}
