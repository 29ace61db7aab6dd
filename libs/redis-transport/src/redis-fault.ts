import { RedisTransportError } from './transport-error.js';

/** The connection broke before Redis replied: the command may or may not have run. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

/** What the failure of a command means for its content. */
export type FaultKind = 'lost' | 'not-now' | 'full' | 'no-group' | 'refused';

/** Replies that mean: the command did not run, but may succeed later (fail-over, start-up, a busy script, a full disk). */
const NOT_NOW =
  /^-?(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY |MISCONF|NOREPLICAS|MOVED|ASK|Too many Cluster redirections|UNBLOCKED)/;
/** Messages of ioredis for the loss of a connection or of the whole Cluster. */
const LOST =
  /Connection is closed|Command aborted|Stream isn't writeable|Cluster is ended|Failed to refresh slots|None of startup nodes|Cluster isn't ready|ECONNRESET|EPIPE|ETIMEDOUT|ECONNREFUSED|max retries per request/i;

/** Classifies an error of ioredis by what the transport can do about it. */
export function faultKind(error: unknown): FaultKind {
  if (error instanceof ConnectionLost) return 'lost';
  const message = error instanceof Error ? error.message : String(error);
  if (message.includes('NOGROUP')) return 'no-group';
  if (/\bOOM command not allowed/.test(message)) return 'full';
  if (NOT_NOW.test(message)) return 'not-now';
  // If a script writes on a replica, Redis puts its own words around the error.
  if (/READONLY You can't write|-READONLY|MISCONF/.test(message)) return 'not-now';
  if (LOST.test(message)) return 'lost';
  return 'refused';
}

/** The error that a caller gets for a command that Redis refused for good. */
export function transportErrorFor(error: unknown): RedisTransportError {
  const kind = faultKind(error);
  if (kind === 'full') {
    return new RedisTransportError('STORAGE_FULL', 'Redis has no memory left', { cause: error });
  }
  const retryable = kind !== 'refused';
  return new RedisTransportError('UNAVAILABLE', 'Redis refused the command', { retryable, cause: error });
}
