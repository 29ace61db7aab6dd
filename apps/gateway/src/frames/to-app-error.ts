import { HttpException } from '@nestjs/common';
import { WsException } from '@nestjs/websockets';
import { AppError, type ErrorName } from '@parley/protocol';

/** What Nest's own guards and pipes throw, by HTTP status. */
const BY_STATUS: Readonly<Record<number, ErrorName>> = {
  400: 'INVALID_FIELD',
  401: 'NOT_SIGNED_IN',
  403: 'FORBIDDEN',
  429: 'RATE_LIMITED',
};

/**
 * Translates the exceptions of Nest's guards, pipes and handlers. A WsException is meant for the client, and a guard that
 * refuses throws one, so it becomes FORBIDDEN with its text. Unknown errors stay as they are.
 */
export function toAppError(error: unknown): unknown {
  if (error instanceof WsException) return new AppError('FORBIDDEN', { message: error.message });
  if (!(error instanceof HttpException)) return error;
  const name = BY_STATUS[error.getStatus()];
  return name === undefined ? error : new AppError(name, { message: error.message });
}
