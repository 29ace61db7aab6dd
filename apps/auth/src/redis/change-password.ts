import { type RedisConnection, Script } from '@parley/redis';
import type { Credential } from '../credential-store.js';
import source from './change-password.lua.js';
import type { AuthKeys } from './keys.js';

const script = new Script(source);

/** A credential as it was read, the hash of its next password, and the name of the request that sets it. */
export interface ChangePassword {
  readonly credential: Credential;
  readonly newHash: string;
  readonly changedBy: string;
}

/** Gives a credential another password. Returns false if the credential is no longer the one that was read. */
export async function changePassword(
  redis: RedisConnection,
  keys: AuthKeys,
  { credential: { user, passwordHash }, newHash, changedBy }: ChangePassword,
): Promise<boolean> {
  const changed = await script.run(
    redis,
    [keys.credential(user.Username)],
    [passwordHash, newHash, changedBy],
  );
  return changed === 1;
}
