import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { AppError } from '@parley/protocol';
import { HashingQueue } from './hashing-queue.js';
import { PasswordHasher } from './password-hasher.js';
import { type Attempt, SignInThrottle } from './sign-in-throttle.js';

/** Average pause before another try to reserve a guess, in milliseconds: about the time of one hashing. */
const BUSY_PAUSE_MS = 50;
/** The most tries: they take about five seconds, half of a request's life. */
const BUSY_TRIES = 100;

/** Hashes and checks passwords, within the bounds of the queue and the throttle. */
@Injectable()
export class PasswordCheck {
  constructor(
    private readonly hasher: PasswordHasher,
    private readonly queue: HashingQueue,
    private readonly throttle: SignInThrottle,
  ) {}

  /** @throws AppError OVERLOADED */
  hash(password: string): Promise<string> {
    return this.queue.run(() => this.hasher.hash(password));
  }

  /** Checks the password of a request that was handled before, which is no guess. @throws AppError OVERLOADED */
  matches(passwordHash: string, password: string): Promise<boolean> {
    return this.queue.run(() => this.hasher.verify(passwordHash, password));
  }

  /**
   * Checks a guess. It reserves the guess only when the hashing may run, so that no more guesses are reserved than
   * replicas can check at once: waiting guesses do not block each other, and any number of right passwords succeed
   * concurrently.
   * @throws AppError RATE_LIMITED, before any hash is computed; OVERLOADED.
   */
  async guess(attempt: Attempt, passwordHash: string, password: string): Promise<boolean> {
    // A loop rather than p-retry: 'busy' is an answer, not a failure, and the pause does not grow.
    for (let tries = 0; tries < BUSY_TRIES; tries += 1) {
      const right = await this.queue.run(() =>
        this.throttle.attempt(attempt, () => this.hasher.verify(passwordHash, password)),
      );
      if (right !== 'busy') return right;
      await pause(BUSY_PAUSE_MS * (0.5 + Math.random()));
    }
    throw new AppError('OVERLOADED', { retryAfterMs: BUSY_PAUSE_MS * BUSY_TRIES });
  }

  /** Whether a hash should be replaced. */
  isOutdated(passwordHash: string): boolean {
    return this.hasher.isOutdated(passwordHash);
  }
}
