import type { Identity } from '@parley/contracts';
import { type RedisConnection, Script } from '@parley/redis';
import type { AuthKeys } from './keys.js';
import source from './remove-credential.lua.js';

const script = new Script(source);

/** Whose credential to remove, and whether also the one of a deleted account. */
export interface RemoveCredential {
  readonly user: Identity;
  readonly evenRetired: boolean;
}

/** Removes the credential under the user's name if it is this user's. */
export async function removeCredential(
  redis: RedisConnection,
  keys: AuthKeys,
  { user, evenRetired }: RemoveCredential,
): Promise<void> {
  await script.run(redis, [keys.credential(user.Username)], [user.UUID, evenRetired ? 1 : 0]);
}
