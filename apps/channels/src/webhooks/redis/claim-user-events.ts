import { type RedisConnection, Script } from '@parley/redis';
import type { ChannelKeys } from '../../redis/keys.js';
import source from './claim-user-events.lua.js';

const script = new Script(source);

/** Which replica fetches the events of users, and for how long. */
export interface ClaimUserEvents {
  readonly by: string;
  readonly ms: number;
}

/**
 * Has this replica fetch the events of users.
 * @returns up to which entry each stream was fetched; undefined where another replica fetches. Rejects with Redis's error.
 */
export async function claimUserEvents(
  redis: RedisConnection,
  keys: ChannelKeys,
  { by, ms }: ClaimUserEvents,
): Promise<Record<string, string> | undefined> {
  const reply = (await script.run(redis, [keys.userEventsFetched()], [by, ms])) as string[] | null;
  if (reply === null) return undefined;
  const fields = Array.from({ length: reply.length / 2 }, (_, n) => [reply[2 * n]!, reply[2 * n + 1]!]);
  return Object.fromEntries(fields.filter(([name]) => name !== 'claim' && name !== 'by'));
}
