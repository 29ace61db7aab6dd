import type { Identity } from '@parley/contracts';
import { wakingNow } from '../pacing/waking-clock.js';
import type { Connection } from '../socket/connection.js';

/** Time between two looks at who is due, in milliseconds. */
const TICK_MS = 250;

/** A connection that is gone. Its user may be back in a moment. */
export interface Departure {
  readonly connection: Connection;
  readonly user: Identity;
}

interface Waiting extends Departure {
  readonly due: number;
}

/**
 * Connections that are gone but not yet taken offline, so that reloading a page is not a sign-out. While this gateway is
 * stalled, the grace does not run: nobody could come back. The grace is the same
 * for all, so one queue and one timer serve them all. When `most` of them wait, the next one goes offline at once.
 */
export class OfflineGrace {
  private waiting: Waiting[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly graceMs: number,
    private readonly most: number,
    /** Takes one user offline; never rejects. */
    private readonly takeOffline: (departure: Departure) => Promise<void>,
  ) {}

  /** Takes a user offline after the grace, or now if there is none. */
  async start(departure: Departure, now = wakingNow()): Promise<void> {
    if (this.graceMs === 0 || this.waiting.length >= this.most) return this.takeOffline(departure);
    this.waiting.push({ ...departure, due: now + this.graceMs });
    this.timer ??= setInterval(() => this.tick(), TICK_MS).unref();
  }

  /** Takes the users offline whose grace is over. */
  tick(now = wakingNow()): void {
    const later = this.waiting.findIndex(({ due }) => due > now);
    const due = this.waiting.splice(0, later < 0 ? this.waiting.length : later);
    for (const departure of due) void this.takeOffline(departure);
    if (this.waiting.length === 0) this.stop();
  }

  /** Forgets all that wait: they are taken offline in another way. */
  clear(): void {
    this.waiting = [];
    this.stop();
  }

  private stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
