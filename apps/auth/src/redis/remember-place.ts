import type { Identity } from '@parley/contracts';
import { type RedisConnection, Script } from '@parley/redis';
import type { AuthKeys } from './keys.js';
import source from './remember-place.lua.js';

const script = new Script(source);

/** Who signed in, and where; how many places are kept. */
export interface RememberPlace {
  readonly user: Identity;
  readonly place: string;
  readonly most: number;
}

/** Notes that a user has signed in from a place. */
export async function rememberPlace(
  redis: RedisConnection,
  keys: AuthKeys,
  { user, place, most }: RememberPlace,
): Promise<void> {
  await script.run(redis, [keys.credential(user.Username)], [user.UUID, place, most]);
}
