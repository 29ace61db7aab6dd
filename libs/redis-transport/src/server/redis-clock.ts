import { readClock } from '../redis/read-clock.js';
import type { RedisLink } from '../redis-link.js';

/** How often (ms) the clock is read again: in that time two clocks drift apart by 50 ms at the very worst. */
const READ_EVERY_MS = 10_000;
/** How soon (ms) it is read again after a reading that took long. */
const READ_AGAIN_MS = 500;
/** How far two clocks drift apart in a given time, at the very worst. */
const DRIFT = 0.005;

/**
 * Redis's clock, computed from this process's monotonic clock.
 *
 * Deadlines depend on it alone, so it does no harm if hosts' wall clocks are minutes off or are set at run time. A reading may
 * be off by half of the time that it takes, which is long when Redis, or this process, has just been busy. It replaces the one
 * in use only if that is the worse one by now.
 */
export class RedisClock {
  private offset = 0;
  private isKnown = false;
  /** How far off the reading in use may have been (ms), and when it was made. */
  private error = Number.POSITIVE_INFINITY;
  private readAt = 0;
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly link: Pick<RedisLink, 'ready' | 'run'>,
    private readonly key: string,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Milliseconds since 1970 by Redis's clock; 0, at which nothing is late, until the clock was read once. */
  now(): number {
    return this.isKnown ? performance.now() + this.offset : 0;
  }

  /** Reads the clock now, and from now on at intervals. Call it for each new connection: it may lead to another clock. */
  async start(): Promise<void> {
    this.error = Number.POSITIVE_INFINITY;
    await this.read();
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private async read(): Promise<void> {
    if (!this.link.ready) return;
    const before = performance.now();
    try {
      const redisNow = await this.link.run((client) => readClock(client, this.key));
      this.take(redisNow, before, performance.now());
    } finally {
      clearTimeout(this.timer);
      const isGood = this.error <= READ_EVERY_MS * DRIFT;
      const again = () => void this.read().catch(this.onError);
      this.timer = setTimeout(again, isGood ? READ_EVERY_MS : READ_AGAIN_MS).unref();
    }
  }

  private take(redisNow: number, before: number, after: number): void {
    const error = (after - before) / 2;
    if (error > this.error + (after - this.readAt) * DRIFT) return;
    this.offset = redisNow - before - error;
    this.error = error;
    this.readAt = after;
    this.isKnown = true;
  }
}
