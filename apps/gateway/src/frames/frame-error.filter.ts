import { type ArgumentsHost, Catch, type ExceptionFilter, Inject } from '@nestjs/common';
import { LOGGER, type Logger, toKnownError } from '@parley/service-kit';
import type { Connection } from '../socket/connection.js';
import { toAppError } from './to-app-error.js';

/**
 * The edge filter of frames: answers with the error that a handler threw. Anything but an AppError is logged under a
 * reference and leaves as INTERNAL with that reference.
 */
@Catch()
export class FrameErrorFilter implements ExceptionFilter {
  constructor(@Inject(LOGGER) private readonly logger: Logger) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    host
      .switchToWs()
      .getClient<Connection>()
      .fail(toKnownError(toAppError(thrown), this.logger));
  }
}
