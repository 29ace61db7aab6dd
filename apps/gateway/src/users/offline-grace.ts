import type { Identity } from '@parley/contracts';
import type { Connection } from '../socket/connection.js';

/** How often is looked who is due, in milliseconds. */
const TICK_MS = 250;

/** A connection that is gone, and whose user may be back in a moment. */
export interface Departure {
  readonly connection: Connection;
  readonly user: Identity;
}

interface Waiting extends Departure {
  readonly due: number;
}

/**
 * Connections that are gone but not yet taken offline, so that a page that is loaded again is no sign-out. First come,
 * first gone: the time is the same for all, so one queue and one timer serve them all. Past `most` nobody is waited for.
 */
export class Departures {
  private waiting: Waiting[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly graceMs: number,
    private readonly most: number,
    /** Takes one offline; never rejects. */
    private readonly leave: (departure: Departure) => Promise<void>,
  ) {}

  /** Takes a user offline after the grace, or now where there is none. */
  async add(departure: Departure, now = performance.now()): Promise<void> {
    if (this.graceMs === 0 || this.waiting.length >= this.most) return this.leave(departure);
    this.waiting.push({ ...departure, due: now + this.graceMs });
    this.timer ??= setInterval(() => this.tick(), TICK_MS).unref();
  }

  /** Takes offline whoever is due. */
  tick(now = performance.now()): void {
    const later = this.waiting.findIndex(({ due }) => due > now);
    const due = this.waiting.splice(0, later < 0 ? this.waiting.length : later);
    for (const departure of due) void this.leave(departure);
    if (this.waiting.length === 0) this.stop();
  }

  /** Forgets whoever waits: they are taken offline in another way. */
  clear(): void {
    this.waiting = [];
    this.stop();
  }

  private stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
