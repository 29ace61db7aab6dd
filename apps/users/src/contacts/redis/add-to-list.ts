import { type RedisConnection, Script } from '@parley/redis';
import source from './add-to-list.lua.js';

const script = new Script(source);

/** A user for a list, and how many users it may have. */
export interface AddToList {
  readonly userUUID: string;
  readonly most: number;
}

/** What became of it: a user who was there already keeps the place. */
export type Adding = 'ADDED' | 'KNOWN' | 'FULL';

/** Puts a user on a list, after the others. Rejects with Redis's error. */
export async function addToList(
  redis: RedisConnection,
  list: string,
  { userUUID, most }: AddToList,
): Promise<Adding> {
  return (await script.run(redis, [list], [userUUID, most])) as Adding;
}
