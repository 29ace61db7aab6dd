import { LIMITS } from '@parley/protocol/constants';

/** The most channels whose last `typing` is remembered. */
const MOST_CHANNELS = 100;

/** A little more than the server's time, so that none arrives too early because the one before came late. */
const PACE_MS = LIMITS.typingMs + 250;

/** Says when `typing` is worth sending: a server passes on one in 3 s for each channel. */
export class TypingPace {
  /** By channel, in ms of `performance.now()`, the oldest first. */
  private readonly lastSent = new Map<string, number>();

  allows(channel: string): boolean {
    const now = performance.now();
    if (now - (this.lastSent.get(channel) ?? Number.NEGATIVE_INFINITY) < PACE_MS) return false;
    this.lastSent.delete(channel);
    this.lastSent.set(channel, now);
    if (this.lastSent.size > MOST_CHANNELS) this.lastSent.delete(this.lastSent.keys().next().value!);
    return true;
  }

  clear(): void {
    this.lastSent.clear();
  }
}
