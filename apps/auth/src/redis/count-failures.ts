import { type RedisConnection, Script } from '@parley/redis';
import type { FailureBound } from '../attempt-store.js';
import type { AuthKeys } from './keys.js';

const script = new Script(import.meta.url, 'count-failures.lua');

/** Milliseconds until the subject may try again, 0 when it may now. */
export async function countFailures(
  redis: RedisConnection,
  keys: AuthKeys,
  { subject, most }: FailureBound,
  windowMs: number,
): Promise<number> {
  return (await script.run(redis, [keys.failures(subject)], [most, windowMs])) as number;
}
