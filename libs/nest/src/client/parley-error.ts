import { ERRORS, type ErrorName, isErrorName } from '@parley/protocol';

/** What a {@link ParleyError} knows besides its name. */
export interface ParleyErrorOptions {
  readonly message?: string | undefined;
  /** The HTTP status; absent where nothing was answered. */
  readonly status?: number | undefined;
  readonly retryable?: boolean | undefined;
  /** How long to wait before a retry makes sense, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** Names the request in Parley's log. */
  readonly requestId?: string | undefined;
  readonly cause?: unknown;
}

/** Why an operation failed. */
export class ParleyError extends Error {
  /** HTTP status; undefined where nothing was answered. */
  readonly status: number | undefined;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;
  /** How long to wait before a retry makes sense, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** Names the request in Parley's log. */
  readonly requestId: string | undefined;

  constructor(
    /** The protocol's name, such as `USER_NOT_FOUND`. A newer server may send one that is not known here. */
    override readonly name: ErrorName | (string & {}),
    { message, status, retryable, retryAfterMs, requestId, cause }: ParleyErrorOptions = {},
  ) {
    const known = isErrorName(name) ? ERRORS[name] : undefined;
    super(message ?? known?.message ?? name, { cause });
    this.status = status;
    this.retryable = retryable ?? known?.retryable ?? false;
    this.retryAfterMs = retryAfterMs;
    this.requestId = requestId;
  }

  /** The error that an answer tells of. One that comes from a proxy, say, is no problem of Parley's and is judged by its status. */
  static from(answer: ErrorAnswer): ParleyError {
    const { status, retryAfter } = answer;
    const problem = problemIn(answer.body);
    if (problem === undefined)
      return new ParleyError(nameOf(status), { status, retryAfterMs: waitIn(retryAfter) });
    const { name, detail: message, retryable, retryAfterMs, instance } = problem;
    return new ParleyError(name, {
      ...{ message, status, retryable },
      retryAfterMs: retryAfterMs ?? waitIn(retryAfter),
      requestId: instance?.replace(/^urn:uuid:/, ''),
    });
  }
}

/** An answer whose status is none of success. */
export interface ErrorAnswer {
  readonly status: number;
  readonly body: string;
  /** The header `Retry-After`. */
  readonly retryAfter: string | null;
}

/** Problem details as Parley sends them, of whatever version. */
interface ReceivedProblem {
  readonly name: string;
  readonly detail?: string;
  readonly instance?: string;
  readonly retryable?: boolean;
  readonly retryAfterMs?: number;
}

function problemIn(body: string): ReceivedProblem | undefined {
  try {
    const value = JSON.parse(body) as Partial<ReceivedProblem> | null;
    return typeof value?.name === 'string' ? (value as ReceivedProblem) : undefined;
  } catch {
    // Such as a page of a proxy.
    return undefined;
  }
}

function nameOf(status: number): ErrorName {
  if (status === 429) return 'RATE_LIMITED';
  return [502, 503, 504].includes(status) ? 'UNAVAILABLE' : 'INTERNAL';
}

/** Milliseconds that `Retry-After` asks for, in seconds or as a date (RFC 9110, 10.2.3). */
function waitIn(header: string | null): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1_000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}
