/** Why the transport, rather than a handler, ended a request or an event. */
export type RedisTransportErrorCode =
  | 'OVERLOADED'
  | 'DEADLINE_EXCEEDED'
  | 'UNAVAILABLE'
  | 'STORAGE_FULL'
  | 'SET_ASIDE'
  | 'IN_PROGRESS'
  | 'CLOSED';

/** Details of an error besides its code. */
export interface RedisTransportErrorDetails {
  /** Overrides whether another try is worthwhile, which the code otherwise says. */
  retryable?: boolean;
  /** A hint in milliseconds: an earlier retry would probably get the same error. */
  retryAfterMs?: number;
  cause?: unknown;
}

const RETRYABLE: Record<RedisTransportErrorCode, boolean> = {
  OVERLOADED: true,
  DEADLINE_EXCEEDED: true,
  UNAVAILABLE: true,
  STORAGE_FULL: true,
  SET_ASIDE: false,
  IN_PROGRESS: true,
  CLOSED: false,
};

/**
 * An error of the transport itself. What a handler throws arrives as with Nest's own transporters.
 *
 * - `OVERLOADED`: the service's queue or the client's own bound is full. The request was not stored.
 * - `DEADLINE_EXCEEDED`: no final reply in time. The request may or may not have been handled.
 * - `UNAVAILABLE`: Redis could not be reached, or refused the command. The request may or may not have been handled.
 * - `STORAGE_FULL`: Redis is at `maxmemory`. The request was not stored.
 * - `SET_ASIDE`: every replica that ran the request died. The request is kept in the dead stream.
 * - `IN_PROGRESS`: another request with the same idempotency key is being handled.
 * - `CLOSED`: the client was closed before the reply arrived.
 */
export class RedisTransportError extends Error {
  override readonly name = 'RedisTransportError';
  readonly retryable: boolean;
  readonly retryAfterMs?: number;

  constructor(
    readonly code: RedisTransportErrorCode,
    message: string,
    details: RedisTransportErrorDetails = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.retryable = details.retryable ?? RETRYABLE[code];
    if (details.retryAfterMs !== undefined) this.retryAfterMs = details.retryAfterMs;
  }
}
