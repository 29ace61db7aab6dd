import { type RedisConnection, Script } from '@parley/redis';
import source from './end-sessions.lua.js';
import type { AuthKeys } from './keys.js';

const script = new Script(source);

/** Which sessions of a user end: all but these, or only these. */
export interface EndSessions {
  readonly userUUID: string;
  readonly rule: 'but' | 'only';
  readonly sessionIds: readonly string[];
  readonly endingMs: number;
  /** See `EventKinds.keep`. */
  readonly keepTold: number;
}

/** Ends sessions of a user. Returns the ids of those whose end the gateways may not have been told. */
export async function endSessions(
  redis: RedisConnection,
  keys: AuthKeys,
  { userUUID, rule, sessionIds, endingMs, keepTold }: EndSessions,
): Promise<string[]> {
  const ended = await script.run(
    redis,
    [...[keys.sessions(userUUID), keys.ending(userUUID), keys.expiries(userUUID)], keys.toldOf(userUUID)],
    [endingMs, rule, keepTold, ...sessionIds],
  );
  return ended as string[];
}
