import type { RedisConnection } from '@parley/redis';
import type { AttemptStore, FailureBound, Reservation } from './attempt-store.js';
import { countFailures } from './redis/count-failures.js';
import type { AuthKeys } from './redis/keys.js';
import { reserveAttempt } from './redis/reserve-attempt.js';
import { settleAttempt } from './redis/settle-attempt.js';

/**
 * How long a reservation holds that nobody settles, in milliseconds: its replica died, and whoever guessed was told
 * nothing. Longer than any request lives, so that no guess outlives its reservation.
 */
const RESERVATION_MS = 60_000;

/** The {@link AttemptStore} in Redis. */
export class AttemptRepository implements AttemptStore {
  constructor(
    private readonly redis: RedisConnection,
    private readonly keys: AuthKeys,
    private readonly windowMs: number,
  ) {}

  retryAfterMs(bound: FailureBound): Promise<number> {
    return countFailures(this.redis, this.keys, bound, this.windowMs);
  }

  reserve(bound: FailureBound, attemptId: string): Promise<Reservation> {
    const times = { windowMs: this.windowMs, reservationMs: RESERVATION_MS };
    return reserveAttempt(this.redis, this.keys, bound, attemptId, times);
  }

  settle(bound: FailureBound, attemptId: string, outcome: 'failed' | 'given back'): Promise<void> {
    const attempt = { id: attemptId, failed: outcome === 'failed' };
    return settleAttempt(this.redis, this.keys, bound, attempt, this.windowMs);
  }
}
