import type { Bar, UserEventType } from '@parley/contracts';
import { type RedisConnection, Script } from '@parley/redis';
import source from './change-bar.lua.js';
import type { AuthKeys } from './keys.js';

const script = new Script(source);

/** A bar of a user that is put up or lifted. */
export interface ChangeBar {
  readonly userUUID: string;
  readonly bar: Bar | 'deleted';
  readonly change: 'bar' | 'unbar';
  /** What is told of it; undefined for nothing. */
  readonly tells?: UserEventType | undefined;
  /** See `EventKinds.keep`. */
  readonly keepTold: number;
  /** How long all bars of the user stay; 0 until they are lifted. */
  readonly keepMs?: number;
}

/** Puts a bar up or lifts it. @returns whether that has changed something. Rejects with Redis's error. */
export async function changeBar(
  redis: RedisConnection,
  keys: AuthKeys,
  { userUUID, bar, change, tells = undefined, keepTold, keepMs = 0 }: ChangeBar,
): Promise<boolean> {
  const changed = await script.run(
    redis,
    [keys.bars(userUUID), keys.toldOf(userUUID)],
    [bar, change, tells ?? '', keepTold, keepMs],
  );
  return changed === 1;
}
