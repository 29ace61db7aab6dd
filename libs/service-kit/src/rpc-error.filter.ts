import { randomUUID } from 'node:crypto';
import { type ArgumentsHost, Catch, Inject } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { AppError } from '@parley/protocol';
import { fromRedisError } from '@parley/redis';
import { type Observable, throwError } from 'rxjs';
import { LOGGER, type Logger } from './logger.js';

/**
 * The edge filter of requests between services. An AppError travels by its name. Any other failure is logged with a
 * reference, and leaves as INTERNAL with that reference. HTTP errors get Nest's own response.
 */
@Catch()
export class RpcErrorFilter extends BaseExceptionFilter {
  constructor(@Inject(LOGGER) private readonly logger: Logger) {
    super();
  }

  override catch(thrown: unknown, host: ArgumentsHost): Observable<never> | undefined {
    if (host.getType() !== 'rpc') {
      super.catch(thrown, host);
      return undefined;
    }
    const error = toKnownError(thrown, this.logger);
    const { name, message, retryAfterMs } = error;
    return throwError(() => ({ name, message, retryAfterMs }));
  }
}

/** What a client may see of `thrown`. An unknown failure is logged in full, and the client sees only its reference. */
export function toKnownError(thrown: unknown, logger: Logger): AppError {
  const error = fromRedisError(thrown);
  // INTERNAL with a cause is not logged yet, so it has no reference either.
  if (error instanceof AppError && !(error.name === 'INTERNAL' && error.cause !== undefined)) {
    if (error.cause !== undefined) logger.warn({ err: error.cause, error: error.name }, 'request refused');
    return error;
  }
  const reference = randomUUID();
  logger.error({ err: error, reference }, 'request failed');
  return new AppError('INTERNAL', {
    message: `Something went wrong on the server (reference ${reference}).`,
  });
}
