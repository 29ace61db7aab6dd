import type { Identity } from '@parley/contracts';
import { type RedisConnection, Script } from '@parley/redis';
import type { AuthKeys } from './keys.js';
import source from './retire-credential.lua.js';

const script = new Script(source);

/** Whose credential to retire, under the username that it has; the hash that it keeps; and the name of the request. */
export interface RetireCredential {
  readonly user: Identity;
  readonly passwordHash: string;
  readonly changedBy: string;
}

/** Leaves of a credential only that its username is taken. Returns false if it is not this user's. */
export async function retireCredential(
  redis: RedisConnection,
  keys: AuthKeys,
  { user, passwordHash, changedBy }: RetireCredential,
): Promise<boolean> {
  const retired = await script.run(
    redis,
    [keys.credential(user.Username)],
    [user.UUID, passwordHash, changedBy],
  );
  return retired === 1;
}
