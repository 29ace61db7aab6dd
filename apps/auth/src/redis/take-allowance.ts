import { type RedisConnection, Script } from '@parley/redis';
import type { AuthKeys } from './keys.js';
import source from './take-allowance.lua.js';

const script = new Script(source);

/** What to take, and what the subject may use at once, in whole milliseconds. */
export interface TakeAllowance {
  readonly subject: string;
  readonly takeMs: number;
  readonly mostMs: number;
}

/** Takes from the subject's allowance and returns 0, or takes nothing and returns the milliseconds until it can be taken. */
export async function takeAllowance(
  redis: RedisConnection,
  keys: AuthKeys,
  { subject, takeMs, mostMs }: TakeAllowance,
): Promise<number> {
  return (await script.run(redis, [keys.used(subject)], [takeMs, mostMs])) as number;
}
