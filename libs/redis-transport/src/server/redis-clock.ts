import { readClock } from '../redis/read-clock.js';
import type { RedisLink } from '../redis-link.js';

/** How often (ms) the clock is read again: in that time two clocks drift apart by 50 ms at the very worst (0.5 %). */
const READ_EVERY_MS = 10_000;

/**
 * Redis's clock, computed from this process's monotonic clock.
 *
 * Deadlines depend on it alone, so it does no harm if hosts' wall clocks are minutes off or are set at run time.
 */
export class RedisClock {
  private offset = 0;
  private isKnown = false;
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly link: RedisLink,
    private readonly key: string,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Milliseconds since 1970 by Redis's clock; 0, at which nothing is late, until the clock was read once. */
  now(): number {
    return this.isKnown ? performance.now() + this.offset : 0;
  }

  /** Reads the clock now, and from now on at intervals. */
  async start(): Promise<void> {
    this.timer ??= setInterval(() => void this.read().catch(this.onError), READ_EVERY_MS).unref();
    await this.read();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async read(): Promise<void> {
    if (!this.link.ready) return;
    const before = performance.now();
    const redisNow = await this.link.run((client) => readClock(client, this.key));
    const after = performance.now();
    this.offset = redisNow - (before + after) / 2;
    this.isKnown = true;
  }
}
