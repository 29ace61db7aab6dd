import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '@parley/protocol';

/** First pause before another attempt, in milliseconds; it doubles. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** Attempts before it is given up: about four minutes of pauses, four leases long. */
const MOST_ATTEMPTS = 14;

/**
 * Repeats what must happen in the end though nobody waits for it, as long as it fails for a reason that may
 * pass. Whatever it does has to bear repetition. Rejects with the last failure.
 */
export async function untilDone<T>(attempt: () => Promise<T>, firstPauseMs = FIRST_PAUSE_MS): Promise<T> {
  for (let made = 1, pause = firstPauseMs; ; made += 1, pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      return await attempt();
    } catch (error) {
      if (made === MOST_ATTEMPTS || !(error instanceof AppError && error.retryable)) throw error;
      await delay(pause, undefined, { ref: false });
    }
  }
}
