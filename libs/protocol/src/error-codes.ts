/**
 * Every error that a client can receive. The name is the contract, and a code never changes. `retryable` says whether
 * the same request may succeed later without any change by the client.
 */
export const ERRORS = {
  BAD_JSON: { code: 100, retryable: false, message: 'The frame is not a JSON object.' },
  UNKNOWN_TYPE: { code: 101, retryable: false, message: 'This frame type is unknown.' },
  INVALID_FIELD: { code: 102, retryable: false, message: 'A field is invalid.' },
  NOT_SIGNED_IN: { code: 200, retryable: false, message: 'Sign in first.' },
  WRONG_PASSWORD: { code: 201, retryable: false, message: 'The password is wrong.' },
  USERNAME_TAKEN: { code: 202, retryable: false, message: 'This username is taken.' },
  SESSION_EXPIRED: { code: 203, retryable: false, message: 'The session has ended. Sign in again.' },
  WRONG_TOKEN: { code: 204, retryable: false, message: 'The token is not valid.' },
  USER_NOT_FOUND: { code: 300, retryable: false, message: 'There is no such user.' },
  CHANNEL_NOT_FOUND: { code: 301, retryable: false, message: 'There is no such channel.' },
  MESSAGE_NOT_FOUND: { code: 302, retryable: false, message: 'There is no such message.' },
  FORBIDDEN: { code: 400, retryable: false, message: 'This is not allowed.' },
  BLOCKED: { code: 401, retryable: false, message: 'This user does not accept your messages.' },
  MESSAGE_TOO_LONG: { code: 402, retryable: false, message: 'The message is too long.' },
  LIMIT_REACHED: { code: 403, retryable: false, message: 'A limit is reached.' },
  RATE_LIMITED: { code: 500, retryable: true, message: 'Too many requests. Try again later.' },
  OVERLOADED: { code: 501, retryable: true, message: 'The server is busy. Try again shortly.' },
  UNAVAILABLE: { code: 502, retryable: true, message: 'The server cannot do this right now. Try again.' },
  STORAGE_FULL: { code: 503, retryable: true, message: 'The storage is full. Nothing was stored.' },
  INTERNAL: { code: 599, retryable: false, message: 'Something went wrong on the server.' },
} as const satisfies Record<string, { code: number; retryable: boolean; message: string }>;

/** The stable name of an error. */
export type ErrorName = keyof typeof ERRORS;

/** Whether `name` is one of {@link ERRORS}. */
export function isErrorName(name: unknown): name is ErrorName {
  return typeof name === 'string' && Object.hasOwn(ERRORS, name);
}
