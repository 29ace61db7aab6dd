import { type RedisConnection, Script } from '@parley/redis';
import type { FailureBound } from '../attempt-store.js';
import type { AuthKeys } from './keys.js';

const script = new Script(import.meta.url, 'settle-attempt.lua');

/** Turns a reserved guess into a failure that counts for `windowMs`, or gives it back. */
export async function settleAttempt(
  redis: RedisConnection,
  keys: AuthKeys,
  { subject }: FailureBound,
  attempt: { readonly id: string; readonly failed: boolean },
  windowMs: number,
): Promise<void> {
  await script.run(
    redis,
    [keys.failures(subject), keys.pending(subject)],
    [attempt.id, attempt.failed ? 1 : 0, windowMs],
  );
}
