import type { AppError } from './app-error.js';
import type { ServerFrameOf } from './server-frames.js';

/** Names of fields that never leave the server again, wherever they stand and whatever their letter case. */
const SECRET = /password|accesskey|token/i;
/** Deeper parts of a quoted request are cut, so that deeply nested brackets cannot exhaust the stack. */
const DEEPEST_QUOTE = 8;

/** Requests whose payload may hold a password or token anywhere, even under a mistyped key. Only the username is quoted. */
const CREDENTIALS = ['signIn', 'signUp', 'refresh', 'passwordChange', 'accountDelete'];

function quote(raw: unknown): unknown {
  const quoted = redact(raw);
  if (typeof quoted !== 'object' || quoted === null) return quoted;
  const frame = quoted as Record<string, unknown>;
  for (const type of CREDENTIALS) {
    const { username } = (frame[type] ?? {}) as { username?: unknown };
    if (type in frame) frame[type] = username === undefined ? {} : { username };
  }
  return frame;
}

/** A copy of a client's request without its passwords, keys and tokens, to quote in an error. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth === DEEPEST_QUOTE) return null;
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !SECRET.test(key))
      .map(([key, item]) => [key, redact(item, depth + 1)]),
  );
}

/**
 * The frame that answers a request with an error.
 * @param raw the request as parsed, `null` when it was not JSON. It is quoted without its secrets.
 */
export function errorFrame(error: AppError, raw: unknown, id?: string | number): ServerFrameOf<'error'> {
  return {
    type: 'error',
    ...(id === undefined ? {} : { id }),
    error: {
      code: error.code,
      name: error.name,
      message: error.message,
      error: error.message,
      payload: quote(raw),
      retryable: error.retryable,
      ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: Math.ceil(error.retryAfterMs) }),
    },
  };
}
