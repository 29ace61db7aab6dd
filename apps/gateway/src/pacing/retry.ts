import { AppError } from '@parley/protocol';
import pRetry from 'p-retry';

/** Pause before the second attempt, in milliseconds; it doubles with each further one. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** Attempts after the first: about four minutes of pauses, four leases long. */
const RETRIES = 13;

/**
 * Repeats work that must happen in the end although nobody waits for it, as long as it fails for a reason that may
 * pass. The work must bear repetition. Rejects with the last failure.
 * @param signal ends the repetition, and any pause in it: it then rejects with the signal's reason, once no attempt is
 * under way.
 */
export function retryUntilDone<T>(attempt: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  return pRetry(attempt, {
    retries: RETRIES,
    minTimeout: FIRST_PAUSE_MS,
    maxTimeout: LONGEST_PAUSE_MS,
    unref: true,
    ...(signal && { signal }),
    shouldRetry: ({ error }) => error instanceof AppError && error.retryable,
  });
}
