import { type RedisConnection, Script } from '@parley/redis';
import source from './forget-told.lua.js';
import type { AuthKeys } from './keys.js';

const script = new Script(source);

/** A note of a user, as it was read. */
export interface ForgetTold {
  readonly userUUID: string;
  readonly notedAt: string;
}

/** Forgets a note, unless it was renewed. Rejects with Redis's error. */
export async function forgetTold(
  redis: RedisConnection,
  keys: AuthKeys,
  { userUUID, notedAt }: ForgetTold,
): Promise<void> {
  await script.run(redis, [keys.told()], [userUUID, notedAt]);
}
