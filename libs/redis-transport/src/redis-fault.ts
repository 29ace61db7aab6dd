import { RedisTransportError } from './transport-error.js';

/** The connection broke before Redis answered: the command may or may not have been carried out. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

/** What a failed command means for what it carried. */
export type FaultKind = 'lost' | 'not-now' | 'full' | 'no-group' | 'refused';

/** Answers that say: not carried out, and another try may well be (fail-over, start-up, a busy script, a full disk). */
const NOT_NOW =
  /^-?(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY |MISCONF|NOREPLICAS|MOVED|ASK|Too many Cluster redirections|UNBLOCKED)/;
/** How ioredis words the loss of a connection or of the whole Cluster. */
const LOST =
  /Connection is closed|Command aborted|Stream isn't writeable|Cluster is ended|Failed to refresh slots|None of startup nodes|Cluster isn't ready|ECONNRESET|EPIPE|ETIMEDOUT|ECONNREFUSED|max retries per request/i;

/** Sorts an error of ioredis by what may be done about it. */
export function faultKind(error: unknown): FaultKind {
  if (error instanceof ConnectionLost) return 'lost';
  const message = error instanceof Error ? error.message : String(error);
  if (message.includes('NOGROUP')) return 'no-group';
  if (/\bOOM command not allowed/.test(message)) return 'full';
  if (NOT_NOW.test(message)) return 'not-now';
  // A write that met a replica inside a script is reported with Redis's own wording around it.
  if (/READONLY You can't write|-READONLY|MISCONF/.test(message)) return 'not-now';
  if (LOST.test(message)) return 'lost';
  return 'refused';
}

/** The error that a caller sees for a command that Redis refused for good. */
export function transportErrorFor(error: unknown): RedisTransportError {
  const kind = faultKind(error);
  if (kind === 'full') {
    return new RedisTransportError('STORAGE_FULL', 'Redis has no memory left', { cause: error });
  }
  const retryable = kind !== 'refused';
  return new RedisTransportError('UNAVAILABLE', 'Redis refused the command', { retryable, cause: error });
}
