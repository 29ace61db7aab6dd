import { AppError } from '@parley/protocol';

/** Replies of a Redis that cannot serve now: it starts, fails over, reshards, or lacks replicas. */
const NOT_NOW =
  /^(LOADING|READONLY|CLUSTERDOWN|MASTERDOWN|TRYAGAIN|NOREPLICAS|BUSY|MISCONF|UNBLOCKED|MOVED|ASK)\b/;
/** Messages of ioredis and the socket without a connection. */
const NO_CONNECTION =
  /ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|Connection is closed|max retries per request|Stream isn't writeable|None of startup nodes|Command timed out|All sentinels are unreachable|Failed to refresh slots|Too many Cluster redirections/i;

/** Replies to writes of a Redis that reads, but is full, lacks replicas, or cannot save. */
const NO_WRITES = /\b(OOM command not allowed|NOREPLICAS|MISCONF)\b/;

/** Whether Redis refused a write that it may take later. It still answers what only reads. */
export const isRefusedWrite = (error: unknown): boolean =>
  error instanceof Error && NO_WRITES.test(error.message);

/**
 * Turns an error of Redis or of its client into the error that leaves the service: STORAGE_FULL or UNAVAILABLE, with the
 * cause for the log. Returns any other error unchanged.
 */
export function fromRedisError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof AppError) return error;
  // The reply of a script begins with the script's own words.
  if (/\bOOM command not allowed\b/.test(error.message))
    return new AppError('STORAGE_FULL', { cause: error });
  const transient = NOT_NOW.test(error.message) || NO_CONNECTION.test(error.message);
  return transient ? new AppError('UNAVAILABLE', { cause: error, retryAfterMs: 1_000 }) : error;
}
