import { KEY_SCOPES, type KeyScope } from '@parley/protocol';
import { type RedisConnection, Script } from '@parley/redis';
import type { AuthKeys } from '../../redis/keys.js';
import source from './open-key.lua.js';

const script = new Script(source);

/** How far off the time of a key's last use may be, in milliseconds: a key in use costs a write in an hour. */
export const LAST_USE_COARSE_MS = 3_600_000;

/** What is stored of a key. Times are in milliseconds of Redis's clock. */
export interface StoredKey {
  readonly id: string;
  /** SHA-256 of the proof. Without one, the key was revoked, and the rest of it is on its way out. */
  readonly hash?: string | undefined;
  readonly name: string;
  readonly scopes: readonly KeyScope[];
  readonly createdAt: number;
  readonly createdBy: string;
  readonly lastUsedAt?: number | undefined;
  readonly expiresAt?: number | undefined;
  /** Whose key it is, of a bot. */
  readonly bot?: { readonly userUUID: string; readonly externalId: string } | undefined;
}

/** A key as it was read, and when. */
export interface ReadKey extends StoredKey {
  readonly now: number;
}

/** Reads a key. With the right `hash` it is noted as used. */
export async function openKey(
  redis: RedisConnection,
  keys: AuthKeys,
  { id, hash }: { readonly id: string; readonly hash: string },
): Promise<ReadKey | undefined> {
  const [now, ...stored] = (await script.run(redis, [keys.key(id)], [hash, LAST_USE_COARSE_MS])) as [
    number,
    ...(string | null)[],
  ];
  const [storedHash, name, scopes, createdAt, createdBy, lastUsedAt, expiresAt, userUUID, externalId] =
    stored;
  if (!name) return undefined;
  return {
    ...{ now, id, name, hash: storedHash ?? undefined, createdBy: createdBy ?? '' },
    ...{ scopes: scopesIn(scopes), createdAt: Number(createdAt) },
    ...(lastUsedAt && { lastUsedAt: Number(lastUsedAt) }),
    ...(expiresAt && { expiresAt: Number(expiresAt) }),
    ...(userUUID && externalId && { bot: { userUUID, externalId } }),
  };
}

/** Scopes of a later release are left out. */
function scopesIn(stored: string | null | undefined): KeyScope[] {
  const names = new Set(stored?.split(' '));
  return KEY_SCOPES.filter((scope) => names.has(scope));
}
