import { Inject, Injectable } from '@nestjs/common';
import type { RedisConnection } from '@parley/redis';
import { REDIS } from '@parley/service-kit';
import {
  ATTEMPT_WINDOW_MS,
  type AttemptStore,
  type FailureBound,
  type Reservation,
} from './attempt-store.js';
import { countFailures } from './redis/count-failures.js';
import { AuthKeys } from './redis/keys.js';
import { reserveAttempt } from './redis/reserve-attempt.js';
import { settleAttempt } from './redis/settle-attempt.js';

/**
 * Life of a reservation that is never settled because its replica died, in milliseconds. The client was told nothing.
 * Longer than any request lives, so that no guess outlives its reservation.
 */
const RESERVATION_MS = 60_000;

/** The {@link AttemptStore} in Redis. */
@Injectable()
export class AttemptRepository implements AttemptStore {
  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: AuthKeys,
    @Inject(ATTEMPT_WINDOW_MS) private readonly windowMs: number,
  ) {}

  retryAfterMs(bound: FailureBound): Promise<number> {
    return countFailures(this.redis, this.keys, { ...bound, windowMs: this.windowMs });
  }

  reserve(bound: FailureBound, attemptId: string): Promise<Reservation> {
    const attempt = { ...bound, attemptId, windowMs: this.windowMs, reservationMs: RESERVATION_MS };
    return reserveAttempt(this.redis, this.keys, attempt);
  }

  settle({ subject }: FailureBound, attemptId: string, outcome: 'failed' | 'given back'): Promise<void> {
    const attempt = { subject, attemptId, failed: outcome === 'failed', windowMs: this.windowMs };
    return settleAttempt(this.redis, this.keys, attempt);
  }
}
