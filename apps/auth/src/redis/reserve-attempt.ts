import { type RedisConnection, Script } from '@parley/redis';
import type { FailureBound, Reservation } from '../attempt-store.js';
import type { AuthKeys } from './keys.js';

const script = new Script(import.meta.url, 'reserve-attempt.lua');

/** How long things count, in milliseconds. */
export interface AttemptTimes {
  readonly windowMs: number;
  readonly reservationMs: number;
}

/** Reserves one guess for the subject. */
export async function reserveAttempt(
  redis: RedisConnection,
  keys: AuthKeys,
  { subject, most }: FailureBound,
  attemptId: string,
  { windowMs, reservationMs }: AttemptTimes,
): Promise<Reservation> {
  const wait = (await script.run(
    redis,
    [keys.failures(subject), keys.pending(subject)],
    [attemptId, most, windowMs, reservationMs],
  )) as number;
  if (wait === 0) return { granted: true };
  return wait < 0 ? { granted: false } : { granted: false, retryAfterMs: wait };
}
