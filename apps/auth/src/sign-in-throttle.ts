import { Inject, Injectable } from '@nestjs/common';
import { clientNetwork } from '@parley/contracts';
import { AppError, usernameKey } from '@parley/protocol';
import { ATTEMPT_STORE, type AttemptStore, type FailureBound } from './attempt-store.js';
import { refusedSignIns } from './metrics.js';
import { ALLOWANCE_STORE, type Allowance, type AllowanceStore } from './throttle/allowance-store.js';

/** A try to sign in. */
export interface Attempt {
  /** Names the attempt: if it is handled again after a crash, it is still the same guess. */
  readonly id: string;
  readonly username: string;
  readonly address: string;
}

/** How many sign-ins may fail. */
export interface FailureBounds {
  /** With one username from one address, within the window. */
  readonly perPair: number;
  /** With one username from places where its user never signed in, before they are slowed. */
  readonly perUsername: number;
  /** From one address with usernames that never signed in there, before they are slowed. */
  readonly perAddress: number;
}

/** Injection token of the {@link FailureBounds}. */
export const FAILURE_BOUNDS = Symbol('failure bounds');

/** Time between two guesses at a username that is slowed: 17,280 a day, from any number of addresses. */
export const SLOWED_USERNAME_PACE_MS = 5_000;
/** Time between two guesses from an address that is slowed. */
export const SLOWED_ADDRESS_PACE_MS = 1_000;

/** Why a guess has to wait, and for how long, in milliseconds. */
export interface Slowed {
  readonly by: 'pair' | 'username' | 'address';
  readonly waitMs: number;
}

/** Average pause of a guess until others at the same pair are settled, in milliseconds: about the time of one hashing. */
const PENDING_MS = 50;

/**
 * Bounds failed sign-ins across all replicas. Only wrong passwords count. A username together with an address is refused
 * after its failures. A username alone or an address alone is slowed: refusing it would let anybody lock out its user, or
 * everybody who shares the address.
 */
@Injectable()
export class SignInThrottle {
  constructor(
    @Inject(ATTEMPT_STORE) private readonly attempts: AttemptStore,
    @Inject(ALLOWANCE_STORE) private readonly allowances: AllowanceStore,
    @Inject(FAILURE_BOUNDS) private readonly bounds: FailureBounds,
  ) {}

  /**
   * Refuses an attempt before it costs any work.
   * @throws AppError RATE_LIMITED
   */
  async check(attempt: Attempt): Promise<void> {
    const retryAfterMs = await this.attempts.retryAfterMs(this.pairOf(attempt));
    if (retryAfterMs > 0) throw refused('pair', retryAfterMs);
  }

  /**
   * Runs `guess` unless it has to wait. The pair's bound would not be exceeded even if this and all pending guesses, on all
   * replicas, failed. One from a place where the user has signed in before waits for nothing else.
   * @returns whether the password was right, or why the guess has to be made later.
   * @throws AppError RATE_LIMITED, without running `guess`.
   */
  async attempt(
    attempt: Attempt,
    isKnown: boolean,
    guess: () => Promise<boolean>,
  ): Promise<boolean | Slowed> {
    if (isKnown) return this.asPair(attempt, guess);
    const [address, username] = this.slowedBy(attempt);
    return this.within(address, 'address', () =>
      this.within(username, 'username', () => this.asPair(attempt, guess)),
    );
  }

  /** Runs `guess` within an allowance, which is given back unless the guess was wrong. */
  private async within(
    allowance: Allowance,
    by: Slowed['by'],
    guess: () => Promise<boolean | Slowed>,
  ): Promise<boolean | Slowed> {
    const waitMs = await this.allowances.take(allowance);
    if (waitMs > 0) return { by, waitMs };
    let outcome: boolean | Slowed = true;
    try {
      outcome = await guess();
      return outcome;
    } finally {
      if (outcome !== false) await this.allowances.giveBack(allowance);
    }
  }

  private async asPair(attempt: Attempt, guess: () => Promise<boolean>): Promise<boolean | Slowed> {
    const pair = this.pairOf(attempt);
    const reservation = await this.attempts.reserve(pair, attempt.id);
    if (!reservation.granted) {
      if (reservation.retryAfterMs !== undefined) throw refused('pair', reservation.retryAfterMs);
      return { by: 'pair', waitMs: PENDING_MS * (0.5 + Math.random()) };
    }
    let outcome: 'failed' | 'given back' = 'given back';
    try {
      const right = await guess();
      if (!right) outcome = 'failed';
      return right;
    } finally {
      await this.attempts.settle(pair, attempt.id, outcome);
    }
  }

  private pairOf({ username, address }: Attempt): FailureBound {
    const subject = `pair ${usernameKey(username)}\n${clientNetwork(address)}`;
    return { subject, most: this.bounds.perPair };
  }

  private slowedBy({ username, address }: Attempt): [address: Allowance, username: Allowance] {
    return [
      {
        subject: `address ${clientNetwork(address)}`,
        burst: this.bounds.perAddress,
        paceMs: SLOWED_ADDRESS_PACE_MS,
      },
      {
        subject: `username ${usernameKey(username)}`,
        burst: this.bounds.perUsername,
        paceMs: SLOWED_USERNAME_PACE_MS,
      },
    ];
  }
}

function refused(by: Slowed['by'], retryAfterMs: number): AppError {
  refusedSignIns.inc({ by });
  return new AppError('RATE_LIMITED', { retryAfterMs });
}
