/** The first pause after READONLY, in milliseconds: most often the new master is known by then. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;
/** How much shorter a pause may be, so that the connections of all processes do not come at once. */
const JITTER = 0.5;
/** A node that has refused no write for so long, in milliseconds, is a master: longer than the longest pause. */
const FORGOTTEN_AFTER_MS = 5_000;

/**
 * Slows down a client that was connected to a node that was a master and is a replica. Such a node takes connections and refuses writes, so
 * that ioredis would never count an attempt as failed: it would reconnect some ten times a second until the new master is known.
 */
export class Demotion {
  private refusals = 0;
  private refusedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly now: () => number = () => performance.now(),
    private readonly random: () => number = Math.random,
  ) {}

  /** Whether this reply says that the node is a replica: only another connection finds the master. */
  isSeenIn(error: Error): boolean {
    if (!error.message.startsWith('READONLY')) return false;
    const isNew = this.now() - this.refusedAt > FORGOTTEN_AFTER_MS;
    if (isNew) this.refusals = 0;
    this.refusedAt = this.now();
    return true;
  }

  /** The pause before the client connects again, in milliseconds; 0 if no node has refused a write lately. Each one is up to twice as long. */
  nextPauseMs(): number {
    if (this.now() - this.refusedAt > FORGOTTEN_AFTER_MS) return 0;
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** this.refusals, LONGEST_PAUSE_MS);
    this.refusals += 1;
    return Math.round(pause * (1 - JITTER * this.random()));
  }
}
