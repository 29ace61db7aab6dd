import type { LoggerService } from '@nestjs/common';
import { destination, type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/** Injection token of the service's pino logger. */
export const LOGGER = Symbol('logger');

/** Fields that are never logged, wherever they stand. */
const SECRETS = ['password', 'accessKey', 'userAccessKey'].flatMap((field) => [
  field,
  `*.${field}`,
  `*.*.${field}`,
]);

/** A logger that writes one JSON line per event to standard output. */
export function createLogger(service: string, level: string): Logger {
  const options = {
    level,
    base: { service, pid: globalThis.process.pid },
    redact: { paths: SECRETS, remove: true },
  };
  // Written at once: what the asynchronous destination still holds at the end of the process it writes again and
  // again, for ever, when nobody reads standard output any more (sonic-boom 4.2.1, flushSync on EPIPE).
  return pino(options, destination({ dest: 1, sync: true }));
}

/** Nest's own log lines through pino; their chatter at start is of level debug. */
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
