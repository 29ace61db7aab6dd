import { type RedisConnection, Script } from '@parley/redis';
import type { FailureBound, Reservation } from '../attempt-store.js';
import type { AuthKeys } from './keys.js';
import source from './reserve-attempt.lua.js';

const script = new Script(source);

/** A guess to reserve for a subject, how long failures count, and how long a reservation lasts without an outcome. */
export interface ReserveAttempt extends FailureBound {
  readonly attemptId: string;
  readonly windowMs: number;
  readonly reservationMs: number;
}

/** Reserves one guess for the subject. */
export async function reserveAttempt(
  redis: RedisConnection,
  keys: AuthKeys,
  { subject, most, attemptId, windowMs, reservationMs }: ReserveAttempt,
): Promise<Reservation> {
  const wait = (await script.run(
    redis,
    [keys.failures(subject), keys.pending(subject)],
    [attemptId, most, windowMs, reservationMs],
  )) as number;
  if (wait === 0) return { granted: true };
  return wait < 0 ? { granted: false } : { granted: false, retryAfterMs: wait };
}
