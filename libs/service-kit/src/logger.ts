import type { LoggerService } from '@nestjs/common';
import { type DestinationStream, destination, type Logger, pino } from 'pino';

import { currentRequestId } from './request-scope.js';

export type { Logger } from 'pino';

/** Injection token of the service's pino logger. */
export const LOGGER = Symbol('logger');

/** Fields that are never logged, at any depth. */
const SECRETS = ['password', 'accessKey', 'userAccessKey'].flatMap((field) => [
  field,
  `*.${field}`,
  `*.*.${field}`,
]);

// Synchronous: at the end of the process, the asynchronous destination retries its last writes endlessly if nobody reads
// standard output any more (sonic-boom 4.2.1, flushSync on EPIPE).
const standardOutput = (): DestinationStream => destination({ dest: 1, sync: true });

/** Creates a logger that writes one JSON line per event, by default to standard output. */
export function createLogger(service: string, level: string, to = standardOutput()): Logger {
  const options = {
    level,
    base: { service, pid: globalThis.process.pid },
    // Links the lines of one frame, or one request, across all services.
    mixin: () => {
      const requestId = currentRequestId();
      return requestId === undefined ? {} : { requestId };
    },
    redact: { paths: SECRETS, remove: true },
  };
  return pino(options, to);
}

/** Nest's own log lines through pino. What Nest logs at start-up has level debug. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, context?: string): void {
    this.logger.debug({ context }, String(message));
  }

  warn(message: unknown, context?: string): void {
    this.logger.warn({ context }, String(message));
  }

  error(message: unknown, stack?: string, context?: string): void {
    const error = message instanceof Error ? message : undefined;
    this.logger.error({ context, err: error, stack: error ? undefined : stack }, String(message));
  }
}
