import { AppError } from '@parley/protocol';
import pLimit, { type LimitFunction } from 'p-limit';
import { waitingHashings } from './metrics.js';

/** How many hashings a replica accepts. */
export interface HashingBounds {
  readonly atOnce: number;
  readonly waiting: number;
}

/** How soon a refused sign-in may try again, in milliseconds: half of a queue of the default length is done by then. */
const RETRY_AFTER_MS = 2_000;

/**
 * Runs a few hashings at a time and lets a bounded number wait, in their order. Each takes a core for tens of milliseconds
 * and a thread of libuv's pool: without a bound, a wave of sign-ins would hold up everything else.
 */
export class HashingQueue {
  private readonly limit: LimitFunction;

  constructor(private readonly bounds: HashingBounds) {
    this.limit = pLimit(bounds.atOnce);
  }

  /**
   * Runs `hashing` as soon as fewer than `atOnce` run.
   * @throws AppError OVERLOADED at once, when too many wait.
   */
  run<T>(hashing: () => Promise<T>): Promise<T> {
    if (this.limit.activeCount < this.bounds.atOnce) return this.limit(hashing);
    return this.wait(hashing);
  }

  private async wait<T>(hashing: () => Promise<T>): Promise<T> {
    if (this.limit.pendingCount >= this.bounds.waiting) {
      throw new AppError('OVERLOADED', { retryAfterMs: RETRY_AFTER_MS });
    }
    waitingHashings.inc();
    return this.limit(() => {
      waitingHashings.dec();
      return hashing();
    });
  }
}
