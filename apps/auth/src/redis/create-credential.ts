import { type RedisConnection, Script } from '@parley/redis';
import type { Credential } from '../credential-store.js';
import type { AuthKeys } from './keys.js';

const script = new Script(import.meta.url, 'create-credential.lua');

/** Stores a credential unless its username has one; answers the one that is stored then. */
export async function createCredential(
  redis: RedisConnection,
  keys: AuthKeys,
  { user, passwordHash }: Credential,
): Promise<Credential> {
  const stored = (await script.run(
    redis,
    [keys.credential(user.Username)],
    [user.UUID, user.Username, passwordHash],
  )) as [string, string, string];
  return { user: { UUID: stored[0], Username: stored[1] }, passwordHash: stored[2] };
}
