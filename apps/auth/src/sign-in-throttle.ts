import { Inject, Injectable } from '@nestjs/common';
import { clientNetwork } from '@parley/contracts';
import { AppError, usernameKey } from '@parley/protocol';
import { ATTEMPT_STORE, type AttemptStore, type FailureBound, type Reservation } from './attempt-store.js';

/** A try to sign in. */
export interface Attempt {
  /** Names the attempt: if it is handled again after a crash, it is still the same guess. */
  readonly id: string;
  readonly username: string;
  readonly address: string;
}

/** How many sign-ins may fail within the window. */
export interface FailureBounds {
  readonly perUsername: number;
  readonly perAddress: number;
}

/** Injection token of the {@link FailureBounds}. */
export const FAILURE_BOUNDS = Symbol('failure bounds');

/** Bounds failed sign-ins per username and per address. Only wrong passwords count. */
@Injectable()
export class SignInThrottle {
  constructor(
    @Inject(ATTEMPT_STORE) private readonly attempts: AttemptStore,
    @Inject(FAILURE_BOUNDS) private readonly bounds: FailureBounds,
  ) {}

  /**
   * Refuses an attempt before it costs any work.
   * @throws AppError RATE_LIMITED
   */
  async check(attempt: Attempt): Promise<void> {
    const waits = await Promise.all(this.boundsOf(attempt).map((bound) => this.attempts.retryAfterMs(bound)));
    refuseFor(Math.max(...waits));
  }

  /**
   * Runs `guess` if no bound would be exceeded even if it and all pending guesses, on all replicas, failed.
   * Returns whether the password was right, or 'busy' if pending guesses have to be settled first.
   * @throws AppError RATE_LIMITED, without running `guess`.
   */
  async attempt(attempt: Attempt, guess: () => Promise<boolean>): Promise<boolean | 'busy'> {
    const bounds = this.boundsOf(attempt);
    const reservations = await Promise.all(bounds.map((bound) => this.attempts.reserve(bound, attempt.id)));
    const granted = bounds.filter((_, index) => reservations[index]!.granted);
    if (granted.length < bounds.length) {
      await this.settle(granted, attempt, 'given back');
      refuseFor(longestWait(reservations));
      return 'busy';
    }
    let outcome: 'failed' | 'given back' = 'given back';
    try {
      const right = await guess();
      if (!right) outcome = 'failed';
      return right;
    } finally {
      await this.settle(granted, attempt, outcome);
    }
  }

  private async settle(
    bounds: readonly FailureBound[],
    attempt: Attempt,
    outcome: 'failed' | 'given back',
  ): Promise<void> {
    await Promise.all(bounds.map((bound) => this.attempts.settle(bound, attempt.id, outcome)));
  }

  private boundsOf({ username, address }: Attempt): FailureBound[] {
    return [
      { subject: `username ${usernameKey(username)}`, most: this.bounds.perUsername },
      { subject: `address ${clientNetwork(address)}`, most: this.bounds.perAddress },
    ];
  }
}

const longestWait = (reservations: readonly Reservation[]): number =>
  Math.max(...reservations.map((one) => (one.granted ? 0 : (one.retryAfterMs ?? 0))));

function refuseFor(retryAfterMs: number): void {
  if (retryAfterMs > 0) throw new AppError('RATE_LIMITED', { retryAfterMs });
}
