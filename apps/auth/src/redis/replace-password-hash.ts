import { type RedisConnection, Script } from '@parley/redis';
import type { Credential } from '../credential-store.js';
import type { AuthKeys } from './keys.js';

const script = new Script(import.meta.url, 'replace-password-hash.lua');

/** Replaces the hash of `credential` if it is still that one. */
export async function replacePasswordHash(
  redis: RedisConnection,
  keys: AuthKeys,
  { user, passwordHash }: Credential,
  newHash: string,
): Promise<void> {
  await script.run(redis, [keys.credential(user.Username)], [passwordHash, newHash]);
}
