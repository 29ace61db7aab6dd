import { type RedisConnection, Script } from '@parley/redis';
import source from './give-allowance-back.lua.js';
import type { AuthKeys } from './keys.js';

const script = new Script(source);

/** What to give back to the subject, in whole milliseconds. */
export interface GiveAllowanceBack {
  readonly subject: string;
  readonly takenMs: number;
}

/** Gives back what was taken from the subject's allowance. */
export async function giveAllowanceBack(
  redis: RedisConnection,
  keys: AuthKeys,
  { subject, takenMs }: GiveAllowanceBack,
): Promise<void> {
  await script.run(redis, [keys.used(subject)], [takenMs]);
}
