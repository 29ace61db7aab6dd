import { type RedisConnection, Script } from '@parley/redis';
import type { FailureBound } from '../attempt-store.js';
import source from './count-failures.lua.js';
import type { AuthKeys } from './keys.js';

const script = new Script(source);

/** A bound on failures, and how long each failure counts. */
export interface CountFailures extends FailureBound {
  readonly windowMs: number;
}

/** Returns the milliseconds until the subject may try again, 0 if it may now. */
export async function countFailures(
  redis: RedisConnection,
  keys: AuthKeys,
  { subject, most, windowMs }: CountFailures,
): Promise<number> {
  return (await script.run(redis, [keys.failures(subject)], [most, windowMs])) as number;
}
