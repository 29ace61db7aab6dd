import { type RedisConnection, Script } from '@parley/redis';
import type { UsersKeys } from '../../redis/keys.js';
import source from './tell-profile.lua.js';

const script = new Script(source);

/** A change of what is said of a user. */
export interface TellProfile {
  readonly UUID: string;
  readonly mark: string;
  /** See `UserEventKinds.keep`. */
  readonly keepTold: number;
}

/** Tells of the change, unless the user is gone. Rejects with Redis's error. */
export async function tellProfile(
  redis: RedisConnection,
  { directory }: UsersKeys,
  { UUID, mark, keepTold }: TellProfile,
): Promise<void> {
  await script.run(redis, [directory.names(), directory.told()], [UUID, mark, keepTold]);
}
