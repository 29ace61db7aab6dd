/** Why the transport, not a handler, ends a request or an event. `retryable`: whether another try may succeed. */
export const TRANSPORT_ERRORS = {
  OVERLOADED: {
    retryable: true,
    meaning:
      "the service's queue is full or too old, or this client's own bound is reached. It was not handled",
  },
  DEADLINE_EXCEEDED: {
    retryable: true,
    meaning: 'no final reply in time; it may or may not have been handled',
  },
  UNAVAILABLE: {
    retryable: true,
    meaning:
      'Redis was not reached in time; or (not retryable) it refused the command, or the reply could not be kept or read. It may or may not have been handled',
  },
  STORAGE_FULL: {
    retryable: true,
    meaning: 'Redis is at `maxmemory`; not stored. Replies and acknowledgements still go through',
  },
  SET_ASIDE: { retryable: false, meaning: 'every replica that ran it died; kept in the dead stream' },
  NO_HANDLER: {
    retryable: true,
    meaning:
      'each replica that took it, over 3 s, has no handler of its pattern: they are of another version, or the pattern is wrong. It was not handled',
  },
  IN_PROGRESS: {
    retryable: true,
    meaning: 'another request with the same idempotency key runs at another replica',
  },
  REPLY_LOST: {
    retryable: true,
    meaning:
      'the connection for replies broke, and the request asked to be told (`failsWhenReplyIsLost`). Its reply may have been too large for Redis to hold',
  },
  CLOSED: { retryable: false, meaning: 'the client was closed before the reply came' },
} as const;

export type RedisTransportErrorCode = keyof typeof TRANSPORT_ERRORS;

/** Details of an error besides its code. */
export interface RedisTransportErrorDetails {
  /** Overrides whether another try is worthwhile, which the code otherwise says. */
  retryable?: boolean;
  /** A hint in milliseconds: an earlier retry would probably get the same error. */
  retryAfterMs?: number;
  cause?: unknown;
}

/**
 * An error of the transport itself; what a handler throws arrives as with Nest's stock transporters instead.
 * Its codes are those of {@link TRANSPORT_ERRORS}.
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
    this.retryable = details.retryable ?? TRANSPORT_ERRORS[code].retryable;
    if (details.retryAfterMs !== undefined) this.retryAfterMs = details.retryAfterMs;
  }
}
