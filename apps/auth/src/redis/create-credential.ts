import { type RedisConnection, Script } from '@parley/redis';
import type { Credential } from '../credential-store.js';
import source from './create-credential.lua.js';
import type { AuthKeys } from './keys.js';

const script = new Script(source);

/** Stores a credential unless its username has one. Returns the credential that is stored now. */
export async function createCredential(
  redis: RedisConnection,
  keys: AuthKeys,
  { user, passwordHash, places, external }: Credential,
): Promise<Credential> {
  const stored = await script.run(
    redis,
    [keys.credential(user.Username)],
    [user.UUID, user.Username, passwordHash, places.join(' '), external ?? ''],
  );
  const [UUID, Username, storedHash, storedPlaces, storedExternal] = stored as [
    ...[string, string, string],
    ...[string | null, string | null],
  ];
  return {
    user: { UUID, Username },
    passwordHash: storedHash,
    places: placesIn(storedPlaces),
    ...(storedExternal && { external: storedExternal }),
  };
}

/** Reads the places of a credential. One that the release before has made has none. */
export const placesIn = (stored: string | null | undefined): string[] => (stored ? stored.split(' ') : []);
