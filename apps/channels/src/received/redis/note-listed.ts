import { inboxId } from '@parley/contracts';
import { type RedisConnection, Script } from '@parley/redis';
import type { ChannelKeys } from '../../redis/keys.js';
import source from './note-listed.lua.js';

const script = new Script(source);

/**
 * Notes that the list of what a user has received holds all up to an item of the inbox. Nothing changes where it is noted to hold more.
 * Rejects with Redis's error.
 */
export async function noteListed(
  redis: RedisConnection,
  keys: ChannelKeys,
  { userUUID, seq }: { userUUID: string; seq: string },
): Promise<void> {
  await script.run(redis, [keys.meta(inboxId(userUUID))], [seq]);
}
