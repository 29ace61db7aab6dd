/** For how long (ms) the queue has to have been too old. A burst that is worked off within that time is not refused. */
const STANDING_MS = 2_000;
/** The most (ms) that the time between two requests counts: while Redis was away, or this process stopped, no queue was seen. */
const LONGEST_GAP_MS = 500;
/** Requests are refused above this many times the age that the queue may have. */
const REFUSED_ABOVE = 2;

export interface QueueAgeOptions {
  /** The age (ms) that the queue may have for long; 0 if it may have any. */
  mostMs: number;
  /** Redis's clock, ms: the one that the ids of entries state. */
  redisNow: () => number;
  /** A monotonic clock, ms. */
  now?: () => number;
}

/**
 * Tells a queue that stands from a burst, by the age of the requests that begin, as CoDel does (Nichols and Jacobson, "Controlling
 * queue delay", 2012): in a burst some request soon begins young; in a standing queue none does.
 *
 * A queue that is bounded by its length alone stands at the bound under overload. Each request then waits until nobody waits for
 * it any more, and the work on it is wasted.
 */
export class QueueAge {
  /** For how long (ms) every request has been too old. */
  private standingMs = 0;
  private seenAt: number | undefined;
  private readonly now: () => number;

  constructor(private readonly options: QueueAgeOptions) {
    this.now = options.now ?? (() => performance.now());
  }

  /** Nothing waits: what comes next does not belong to the queue that stood. */
  empty(): void {
    this.standingMs = 0;
    this.seenAt = undefined;
  }

  /** Whether every request has been too old for so long that what is older still is refused. */
  get stands(): boolean {
    return this.standingMs > STANDING_MS;
  }

  /**
   * Notes a request that begins, and was delivered for the first time. If requests were noted when they are read, those that then wait
   * for a handler would look younger than they are.
   *
   * @param storedAt when it was stored, in ms by Redis's clock
   * @returns its age in ms if it is to be refused, otherwise undefined
   */
  note(storedAt: number): number | undefined {
    const { mostMs, redisNow } = this.options;
    if (mostMs === 0) return undefined;
    const age = redisNow() - storedAt;
    if (age <= mostMs) {
      this.empty();
      return undefined;
    }
    const now = this.now();
    this.standingMs += Math.min(LONGEST_GAP_MS, now - (this.seenAt ?? now));
    this.seenAt = now;
    return this.stands && age > REFUSED_ABOVE * mostMs ? age : undefined;
  }
}
