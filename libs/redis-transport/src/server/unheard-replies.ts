import type { Publication } from '../redis/finish-requests.js';

/** How long (ms) until the first repetition. Each further one waits twice as long, up to the second figure. */
const AGAIN_AFTER_MS = { first: 50, most: 1_000 };
/** Most characters kept for clients that are away; beyond it the oldest go. */
export const MAX_KEPT = 16_777_216;

/**
 * Replies that nobody received: their client's subscription is broken, as all are for a moment after Redis was away, or the
 * client is gone for good. They are published again, at growing intervals, until the deadlines of their requests.
 *
 * Neither lru-cache nor p-retry fits: all replies that are due go out in one batch, with one timer, and are then dropped.
 */
export class UnheardReplies {
  /** When each is due (monotonic clock, ms). */
  private readonly kept = new Map<Publication, number>();
  private readonly delays = new WeakMap<Publication, number>();
  private size = 0;
  private timer?: NodeJS.Timeout;

  constructor(
    /** Redis's clock, ms. */
    private readonly now: () => number,
    private readonly publish: (replies: Publication[]) => void,
  ) {}

  keep(replies: readonly Publication[]): void {
    for (const reply of replies) {
      if (reply.until <= this.now()) continue;
      const delayMs = this.delays.get(reply) ?? AGAIN_AFTER_MS.first;
      this.delays.set(reply, Math.min(AGAIN_AFTER_MS.most, delayMs * 2));
      this.kept.set(reply, performance.now() + delayMs);
      this.size += reply.body.length;
    }
    this.shrink();
    this.schedule();
  }

  close(): void {
    clearTimeout(this.timer);
    this.kept.clear();
  }

  private shrink(): void {
    for (const reply of this.kept.keys()) {
      if (this.size <= MAX_KEPT) return;
      this.drop(reply);
    }
  }

  private drop(reply: Publication): void {
    if (this.kept.delete(reply)) this.size -= reply.body.length;
  }

  private schedule(): void {
    if (this.timer || this.kept.size === 0) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.repeat();
      this.schedule();
    }, AGAIN_AFTER_MS.first).unref();
  }

  private repeat(): void {
    const due = [...this.kept].filter(([, dueAt]) => dueAt <= performance.now()).map(([reply]) => reply);
    for (const reply of due) this.drop(reply);
    const inTime = due.filter(({ until }) => until > this.now());
    if (inTime.length > 0) this.publish(inTime);
  }
}
