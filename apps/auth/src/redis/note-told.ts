import { type RedisConnection, Script } from '@parley/redis';
import type { AuthKeys } from './keys.js';
import source from './note-told.lua.js';

const script = new Script(source);

/** Of whom something may be written down, and when that is noted, in milliseconds. */
export interface NoteTold {
  readonly userUUID: string;
  readonly now: number;
}

/** Notes that something may be written down of a user. Rejects with Redis's error. */
export async function noteTold(
  redis: RedisConnection,
  keys: AuthKeys,
  { userUUID, now }: NoteTold,
): Promise<void> {
  await script.run(redis, [keys.told()], [userUUID, now]);
}
