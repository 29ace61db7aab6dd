import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { AppError } from '@parley/protocol';
import { HashingQueue } from './hashing-queue.js';
import { PasswordHasher } from './password-hasher.js';
import { type Attempt, SignInThrottle } from './sign-in-throttle.js';

/** Pause before asking again for a guess, in milliseconds, on average: about what a hashing takes. */
const BUSY_PAUSE_MS = 50;
/** How often to ask; then about five seconds have passed, half of a request's life. */
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

  /** Checks a password that is no guess: of a request that has been here before. @throws AppError OVERLOADED */
  matches(passwordHash: string, password: string): Promise<boolean> {
    return this.queue.run(() => this.hasher.verify(passwordHash, password));
  }

  /**
   * Checks a guess. It is reserved only when its turn in the queue has come, so that no more are reserved than
   * replicas can check at once: those who wait do not stand in each other's way, and right passwords in any number
   * get in side by side.
   * @throws AppError RATE_LIMITED, and then no hash was computed; OVERLOADED.
   */
  async guess(attempt: Attempt, passwordHash: string, password: string): Promise<boolean> {
    for (let tries = 0; tries < BUSY_TRIES; tries += 1) {
      const right = await this.queue.run(() =>
        this.throttle.attempt(attempt, () => this.hasher.verify(passwordHash, password)),
      );
      if (right !== 'busy') return right;
      await pause(BUSY_PAUSE_MS * (0.5 + Math.random()));
    }
    throw new AppError('OVERLOADED', { retryAfterMs: BUSY_PAUSE_MS * BUSY_TRIES });
  }

  /** Whether a hash should be made anew. */
  isOutdated(passwordHash: string): boolean {
    return this.hasher.isOutdated(passwordHash);
  }
}
