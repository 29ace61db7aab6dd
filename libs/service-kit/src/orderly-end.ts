import { AppError } from '@parley/protocol';
import { UnfitRedis } from '@parley/redis';
import { errorText } from '@parley/redis-transport';
import type { Logger } from './logger.js';
import { SettingsError } from './settings.js';

/** The longest that an orderly end may take after draining, in milliseconds; then the process exits anyway. */
export const LONGEST_END_MS = 8_000;

/** What an end consists of, from the moment when there is something to end. */
export interface EndWork {
  readonly logger: Logger;
  readonly end: () => Promise<void>;
  /** Milliseconds that `end` may spend on draining, in addition to the bound. */
  readonly drainMs: number;
}

/**
 * Ends the process in order, once: on SIGTERM, on SIGINT, or when the parent that started it over IPC is gone. A process
 * with a parent ignores SIGINT: the parent gets the terminal's SIGINT too, and ends its processes in its own order.
 *
 * It takes signals from its construction, before there is anything to end: as process 1 of a container, a process without a
 * handler does not even notice SIGTERM.
 */
export class OrderlyEnd {
  private work: EndWork | undefined;
  private isBegun = false;

  constructor() {
    const { process } = globalThis;
    process.on('SIGTERM', () => void this.run('SIGTERM'));
    process.on('SIGINT', () => {
      if (process.send === undefined) void this.run('SIGINT');
    });
    process.on('disconnect', () => void this.run('parent gone'));
    // The parent may be gone since before this process could listen for that.
    if (process.send !== undefined && !process.connected) void this.run('parent gone');
  }

  /** Whether the process is ending. What else fails from then on fails because of that. */
  get hasBegun(): boolean {
    return this.isBegun;
  }

  /** From now on the end consists of this work. */
  by(work: EndWork): void {
    this.work = work;
  }

  private async run(reason: string): Promise<void> {
    if (this.isBegun) return;
    this.isBegun = true;
    const { process } = globalThis;
    if (this.work === undefined) return process.exit(0);
    const { logger, end, drainMs } = this.work;
    logger.info({ reason }, 'ending');
    setTimeout(() => process.exit(1), drainMs + LONGEST_END_MS).unref();
    try {
      await end();
      process.exit(0);
    } catch (error) {
      logger.error({ err: error }, 'could not end in order');
      process.exit(1);
    }
  }
}

/** Errors whose message is meant for the person who starts the service. */
const FOR_PEOPLE = [SettingsError, UnfitRedis, AppError];

/** Ends a process that could not start: one line for a person, or what may be logged of any other error; exit code 1. */
export function refuseToStart(error: unknown): never {
  const known = FOR_PEOPLE.find((type) => error instanceof type);
  process.stderr.write(`${known === undefined ? errorText(error) : (error as Error).message}\n`);
  process.exit(1);
}

/** From now on an error that nobody handles ends the process with what may be logged of it. Node would print all of it. */
export function describeUncaught(): void {
  process.on('uncaughtException', (error) => {
    process.stderr.write(`An error that nobody handles ends this process: ${errorText(error)}\n`);
    process.exit(1);
  });
}
