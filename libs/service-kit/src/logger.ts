import type { LoggerService } from '@nestjs/common';
import { describeError, errorHeadline } from '@parley/redis-transport';
import { type DestinationStream, destination, type Logger, type LoggerOptions, pino } from 'pino';

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

/** The message of a line that has an error and no words: pino would take those of the error. */
const NO_WORDS = 'an error';

/**
 * Whatever of an error reaches the log passes through `describeError`, wherever it stands in the line: an error may hold the
 * command that failed, with texts, names and hashes.
 */
const describedErrors: Pick<LoggerOptions, 'serializers' | 'formatters' | 'hooks'> = {
  serializers: { err: describeError },
  formatters: { log: (fields) => Object.fromEntries(Object.entries(fields).map(withoutError)) },
  hooks: {
    logMethod([first, ...rest], method) {
      const words = rest.map((value) => (isError(value) ? errorHeadline(value) : value));
      const line = isError(first) ? { err: first } : first;
      const isBare = typeof line === 'object' && line !== null && words.length === 0;
      method.apply(this, [line, ...(isBare ? [NO_WORDS] : words)] as Parameters<typeof method>);
    },
  },
};

const isError = (value: unknown): boolean => value instanceof Error;

/** `err` is left to its serializer, which describes what is no error, too. */
function withoutError([name, value]: [string, unknown]): [string, unknown] {
  if (name === 'err') return [name, value];
  if (isError(value)) return [name, describeError(value)];
  return [
    name,
    Array.isArray(value) ? value.map((each) => (isError(each) ? describeError(each) : each)) : value,
  ];
}

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
    ...describedErrors,
  };
  return pino(options, to);
}

/** Nest's own log lines through pino. What Nest logs at start-up has level debug. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, context?: string): void {
    this.logger.debug({ context }, wordsOf(message));
  }

  warn(message: unknown, context?: string): void {
    this.logger.warn({ context }, wordsOf(message));
  }

  /** Nest gives an error, or a text of its own, sometimes with the stack of an error or `undefined` in its place, and last the context. */
  error(message: unknown, ...given: unknown[]): void {
    const others = given.filter((other) => other !== undefined);
    const context = others.findLast((other) => typeof other === 'string' && !other.includes('\n'));
    const isText = typeof message === 'string' && others.every((other) => other === context);
    if (isText) this.logger.error({ context }, message);
    else this.logger.error({ context, err: message }, NO_WORDS);
  }
}

const wordsOf = (message: unknown): string => (typeof message === 'string' ? message : NO_WORDS);
