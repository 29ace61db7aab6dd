import { AppError, LIMITS } from '@parley/protocol';
import { type RedisConnection, Script } from '@parley/redis';
import type { AuthKeys } from '../../redis/keys.js';
import source from './create-key.lua.js';

const script = new Script(source);

/** A key to store. */
export interface CreateKey {
  readonly id: string;
  /** SHA-256 of the proof. */
  readonly hash: string;
  readonly lifeMs?: number | undefined;
  /** What else is stored, by field. */
  readonly fields: Readonly<Record<string, string>>;
}

/** Stores a key. Idempotent. @throws AppError LIMIT_REACHED; INVALID_FIELD where another key has the id. */
export async function createKey(
  redis: RedisConnection,
  keys: AuthKeys,
  { id, hash, lifeMs, fields }: CreateKey,
): Promise<void> {
  const args = [id, hash, LIMITS.keys, lifeMs ?? '', ...Object.entries(fields).flat()];
  const made = await script.run(redis, [keys.keyIndex(), keys.key(id)], args);
  if (made === -1) throw new AppError('INVALID_FIELD', { message: 'id: expected one of no other key' });
  if (made === -2) throw new AppError('LIMIT_REACHED', { message: `There are ${LIMITS.keys} keys.` });
}
