import { type RedisConnection, Script } from '@parley/redis';
import type { Credential } from '../credential-store.js';
import type { AuthKeys } from './keys.js';
import source from './replace-password-hash.lua.js';

const script = new Script(source);

/** A credential as it was read, and the hash to store in it. */
export interface ReplacePasswordHash {
  readonly credential: Credential;
  readonly newHash: string;
}

/** Replaces a credential's hash if it is still the one that was read. */
export async function replacePasswordHash(
  redis: RedisConnection,
  keys: AuthKeys,
  { credential: { user, passwordHash }, newHash }: ReplacePasswordHash,
): Promise<void> {
  await script.run(redis, [keys.credential(user.Username)], [passwordHash, newHash]);
}
