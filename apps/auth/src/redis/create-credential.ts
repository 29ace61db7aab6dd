import { type RedisConnection, Script } from '@parley/redis';
import type { Credential } from '../credential-store.js';
import source from './create-credential.lua.js';
import type { AuthKeys } from './keys.js';

const script = new Script(source);

/** Stores a credential unless its username has one. Returns the credential that is stored now. */
export async function createCredential(
  redis: RedisConnection,
  keys: AuthKeys,
  { user, passwordHash }: Credential,
): Promise<Credential> {
  const stored = await script.run(
    redis,
    [keys.credential(user.Username)],
    [user.UUID, user.Username, passwordHash],
  );
  const [UUID, Username, storedHash] = stored as [UUID: string, Username: string, passwordHash: string];
  return { user: { UUID, Username }, passwordHash: storedHash };
}
