import { randomUUID } from 'node:crypto';
import { type ArgumentsHost, Catch, Inject } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { AppError } from '@parley/protocol';
import { fromRedisError } from '@parley/redis';
import { type Observable, throwError } from 'rxjs';
import { LOGGER, type Logger } from './logger.js';

/**
 * The edge filter of requests between services: an AppError travels by its name; anything else is logged
 * under a reference and leaves as INTERNAL with that reference. HTTP errors are answered as Nest does.
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

/** What a client may see of `thrown`. Unknown failures are logged in full and told by a reference alone. */
export function toKnownError(thrown: unknown, logger: Logger): AppError {
  const error = fromRedisError(thrown);
  // INTERNAL with a cause stands in no log yet, so that it has no reference either.
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
