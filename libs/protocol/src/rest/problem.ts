import { z } from 'zod';
import type { AppError } from '../app-error.js';
import { ERRORS, type ErrorName } from '../error-codes.js';

/** The media type of errors (RFC 9457). */
export const PROBLEM_TYPE = 'application/problem+json';

/** The HTTP status of each error. */
export const ERROR_STATUS = {
  BAD_JSON: 400,
  UNKNOWN_TYPE: 404,
  INVALID_FIELD: 400,
  NOT_SIGNED_IN: 401,
  WRONG_PASSWORD: 401,
  WRONG_TOKEN: 401,
  USERNAME_TAKEN: 409,
  SESSION_EXPIRED: 401,
  USER_NOT_FOUND: 404,
  CHANNEL_NOT_FOUND: 404,
  MESSAGE_NOT_FOUND: 404,
  FORBIDDEN: 403,
  BLOCKED: 403,
  MESSAGE_TOO_LONG: 400,
  LIMIT_REACHED: 409,
  RATE_LIMITED: 429,
  OVERLOADED: 503,
  UNAVAILABLE: 503,
  STORAGE_FULL: 507,
  INTERNAL: 500,
} as const satisfies Record<ErrorName, number>;

/** An error as REST answers it. `name`, `code` and `retryable` are those of the protocol's errors. */
export const problem = z.object({
  /** A URN that ends in the name. */
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  /** The id of the request, which log lines carry. */
  instance: z.string().optional(),
  name: z.enum(Object.keys(ERRORS) as [ErrorName, ...ErrorName[]]),
  code: z.int(),
  retryable: z.boolean(),
  retryAfterMs: z.int().min(0).optional(),
});
export type Problem = z.infer<typeof problem>;

/**
 * The problem details of an error.
 * @param status where another one tells more than that of the error's name, such as 413.
 */
export function problemOf(
  error: AppError,
  { status, requestId }: { readonly status?: number; readonly requestId?: string } = {},
): Problem {
  const { name, code, message, retryable, retryAfterMs } = error;
  return {
    type: `urn:parley:error:${name}`,
    title: ERRORS[name].message,
    status: status ?? ERROR_STATUS[name],
    detail: message,
    ...(requestId !== undefined && { instance: `urn:uuid:${requestId}` }),
    name,
    code,
    retryable,
    ...(retryAfterMs !== undefined && { retryAfterMs: Math.ceil(retryAfterMs) }),
  };
}
