import { randomUUID } from 'node:crypto';
import { type ArgumentsHost, Catch, type ExceptionFilter, Inject } from '@nestjs/common';
import { AppError } from '@parley/protocol';
import { fromRedisError } from '@parley/redis';
import { type Observable, throwError } from 'rxjs';
import { LOGGER, type Logger } from './logger.js';

/**
 * The edge filter of requests between services: an AppError travels by its name; anything else is logged
 * under a reference and leaves as INTERNAL with that reference.
 */
@Catch()
export class RpcErrorFilter implements ExceptionFilter {
  constructor(@Inject(LOGGER) private readonly logger: Logger) {}

  catch(thrown: unknown, host: ArgumentsHost): Observable<never> {
    if (host.getType() !== 'rpc') throw thrown;
    const error = toKnownError(thrown, this.logger);
    const { name, message, retryAfterMs } = error;
    return throwError(() => ({ name, message, retryAfterMs }));
  }
}

/** What a client may see of `thrown`. Unknown failures are logged in full and told by a reference alone. */
export function toKnownError(thrown: unknown, logger: Logger): AppError {
  const error = fromRedisError(thrown);
  if (error instanceof AppError) {
    if (error.cause !== undefined) logger.warn({ err: error.cause, error: error.name }, 'request refused');
    return error;
  }
  const reference = randomUUID();
  logger.error({ err: error, reference }, 'request failed');
  return new AppError('INTERNAL', {
    message: `Something went wrong on the server (reference ${reference}).`,
  });
}
