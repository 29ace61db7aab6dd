import { type RedisConnection, Script } from '@parley/redis';
import source from './set-profile.lua.js';

const script = new Script(source);

/** What is said of a user from now on. */
export interface SetProfile {
  readonly profiles: string;
  readonly UUID: string;
  /** As JSON; empty if nothing is said any more. */
  readonly profile: string;
  /** Names the change; empty if nobody is told. */
  readonly mark: string;
}

/** Sets what is said of a user. @returns the mark of a change that is still to be told. Rejects with Redis's error. */
export async function setProfile(
  redis: RedisConnection,
  { profiles, UUID, profile, mark }: SetProfile,
): Promise<string | undefined> {
  const untold = await script.run(redis, [profiles], [UUID, profile, mark]);
  return (untold as string | null) ?? undefined;
}
