import type { Identity } from '@parley/contracts';
import { type RedisConnection, Script } from '@parley/redis';
import type { AuthKeys } from './keys.js';

const script = new Script(import.meta.url, 'remove-credential.lua');

/** Removes the credential under the user's name if it is this user's. */
export async function removeCredential(
  redis: RedisConnection,
  keys: AuthKeys,
  user: Identity,
): Promise<void> {
  await script.run(redis, [keys.credential(user.Username)], [user.UUID]);
}
