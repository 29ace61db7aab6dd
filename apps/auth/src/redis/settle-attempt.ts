import { type RedisConnection, Script } from '@parley/redis';
import type { AuthKeys } from './keys.js';
import source from './settle-attempt.lua.js';

const script = new Script(source);

/** The outcome of a reserved guess, and how long a failure counts. */
export interface SettleAttempt {
  readonly subject: string;
  readonly attemptId: string;
  readonly failed: boolean;
  readonly windowMs: number;
}

/** Turns a reserved guess into a failure, or gives it back. */
export async function settleAttempt(
  redis: RedisConnection,
  keys: AuthKeys,
  { subject, attemptId, failed, windowMs }: SettleAttempt,
): Promise<void> {
  await script.run(
    redis,
    [keys.failures(subject), keys.pending(subject)],
    [attemptId, failed ? 1 : 0, windowMs],
  );
}
