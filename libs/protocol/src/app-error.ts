import { ERRORS, type ErrorName } from './error-codes.js';

/** What an {@link AppError} may carry besides its name. */
export interface AppErrorOptions {
  /** Replaces the standard text. It reaches clients, so it must hold no secrets and no internals. */
  readonly message?: string;
  /** How long to wait before a retry makes sense, in ms. */
  readonly retryAfterMs?: number;
  /** The underlying failure. It is logged, never sent. */
  readonly cause?: unknown;
}

/**
 * The one error that services throw on purpose: a stable name and code, a message that is safe to show, and whether a
 * retry makes sense. Two edge filters translate it, one for requests between services and one for frames.
 */
export class AppError extends Error {
  override readonly name: ErrorName;
  readonly code: number;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(name: ErrorName, options: AppErrorOptions = {}) {
    super(options.message ?? ERRORS[name].message, { cause: options.cause });
    this.name = name;
    this.code = ERRORS[name].code;
    this.retryable = ERRORS[name].retryable;
    this.retryAfterMs = options.retryAfterMs;
  }
}
