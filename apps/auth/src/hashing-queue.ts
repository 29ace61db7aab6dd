import { AppError } from '@parley/protocol';
import { waitingHashings } from './metrics.js';

/** How many hashings a replica takes on. */
export interface HashingBounds {
  readonly atOnce: number;
  readonly waiting: number;
}

/** What a refused hashing is told to wait, in milliseconds: a queue of the default length is half done by then. */
const RETRY_AFTER_MS = 2_000;

/**
 * Runs few hashings at once and lets few wait, in their order. Each takes a core for tens of milliseconds and a
 * thread of libuv's pool, so that without a bound a wave of sign-ins would hold up everything else.
 */
export class HashingQueue {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly bounds: HashingBounds) {}

  /**
   * Runs `hashing` when it is its turn.
   * @throws AppError OVERLOADED at once, when too many wait.
   */
  async run<T>(hashing: () => Promise<T>): Promise<T> {
    await this.turn();
    try {
      return await hashing();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.running -= 1;
    }
  }

  /** A turn is handed on from one to the next, so that nobody who comes between the two can take it. */
  private async turn(): Promise<void> {
    if (this.running < this.bounds.atOnce) {
      this.running += 1;
      return;
    }
    if (this.waiting.length >= this.bounds.waiting) {
      throw new AppError('OVERLOADED', { retryAfterMs: RETRY_AFTER_MS });
    }
    waitingHashings.inc();
    await new Promise<void>((resolve) => this.waiting.push(resolve));
    waitingHashings.dec();
  }
}
