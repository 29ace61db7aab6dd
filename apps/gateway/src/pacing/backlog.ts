/** For how long (ms) every answer has to have been too late. A burst that is worked off within that time is not refused. */
export const STANDING_MS = 1_000;
/** The most (ms) that the time between two answers counts: while Redis was away, or this process stopped, nothing was slow. */
const LONGEST_GAP_MS = 500;
/** One more item is refused where it would wait for this many times the age that answers may have. */
const REFUSED_ABOVE = 2;
/** Items that may wait in any case: where so few are late, the machine is short of CPU, and refusals would not make it faster. */
export const NEVER_REFUSED = 64;
/** The shortest time (ms) over which answers are counted, and the time constant (ms) of their average. */
const SAMPLE_MS = 100;
const SMOOTH_MS = 1_000;

/**
 * What waits to be answered, in whatever queues there are on the way. Tells a backlog that stands from a burst by the age of what is
 * answered, as CoDel does (Nichols and Jacobson, "Controlling queue delay", 2012): in a burst something is soon answered in time, in a
 * standing backlog nothing is. Then what is too old already is refused, and of the rest, only as much may wait as is answered in time
 * (Little's law).
 * `QueueAge` of the transport tells a queue by the same rule, for what waits in a stream.
 *
 * Without it, all of what arrives is answered, and all of it too late.
 */
export class Backlog {
  private waiting = 0;
  /** For how long (ms) every answer has been too late. */
  private standingMs = 0;
  private answeredAt: number | undefined;
  /** Answers since `sampledAt`, and per millisecond before. */
  private answers = 0;
  private perMs = 0;
  private sampledAt: number;

  /**
   * @param mostMs the age (ms) that answers may have for long; 0 if they may have any.
   * @param now a monotonic clock, ms.
   */
  constructor(
    private readonly mostMs: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.sampledAt = now();
  }

  /** Whether an item is to be refused that arrived at `arrivedAt`: it would be answered too late, as all have been. */
  refuses(arrivedAt: number): boolean {
    if (this.mostMs === 0 || this.waiting < NEVER_REFUSED || this.standingMs <= STANDING_MS) return false;
    const mostMs = REFUSED_ABOVE * this.mostMs;
    return this.waiting >= this.perMs * mostMs || this.now() - arrivedAt > mostMs;
  }

  /** For how long (ms) one more item would wait, about, in steps of {@link SAMPLE_MS}. */
  get waitMs(): number {
    return Math.ceil(this.waiting / this.perMs / SAMPLE_MS) * SAMPLE_MS;
  }

  /** An item is on its way. */
  begin(): void {
    this.waiting += 1;
  }

  /** An item that arrived at `arrivedAt` has its answer, or an error. */
  end(arrivedAt: number): void {
    const now = this.now();
    this.waiting -= 1;
    this.count(now);
    if (this.waiting === 0 || now - arrivedAt <= this.mostMs) this.standingMs = 0;
    else this.standingMs += Math.min(LONGEST_GAP_MS, now - (this.answeredAt ?? now));
    // A time in which nothing waited does not count.
    this.answeredAt = this.waiting === 0 ? undefined : now;
  }

  private count(now: number): void {
    this.answers += 1;
    const elapsedMs = now - this.sampledAt;
    if (elapsedMs < SAMPLE_MS) return;
    this.perMs += (this.answers / elapsedMs - this.perMs) * (1 - Math.exp(-elapsedMs / SMOOTH_MS));
    this.answers = 0;
    this.sampledAt = now;
  }
}
