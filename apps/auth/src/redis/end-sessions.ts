import { type RedisConnection, Script } from '@parley/redis';
import source from './end-sessions.lua.js';
import type { AuthKeys } from './keys.js';

const script = new Script(source);

/** The user whose sessions end, and the one that goes on, if any. */
export interface EndSessions {
  readonly userUUID: string;
  readonly kept?: string | undefined;
  readonly endingMs: number;
}

/** Ends a user's sessions. Returns the ids of those whose end the gateways may not have been told. */
export async function endSessions(
  redis: RedisConnection,
  keys: AuthKeys,
  { userUUID, kept, endingMs }: EndSessions,
): Promise<string[]> {
  const ended = await script.run(
    redis,
    [keys.sessions(userUUID), keys.ending(userUUID)],
    [kept ?? '', endingMs],
  );
  return ended as string[];
}
