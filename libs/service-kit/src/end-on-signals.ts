import type { Logger } from './logger.js';

/** The longest that an orderly end may take after draining, in milliseconds; then the process exits anyway. */
export const LONGEST_END_MS = 8_000;

/**
 * Ends the process in order, once: on SIGTERM, on SIGINT, or when the parent that started it over IPC is gone. A process
 * with a parent ignores SIGINT: the parent gets the terminal's SIGINT too, and ends its processes in its own order.
 * @param drainMs milliseconds that `end` may spend on draining, in addition to the bound.
 */
export function endOnSignals(logger: Logger, end: () => Promise<void>, drainMs = 0): void {
  const { process } = globalThis;
  let ending = false;
  const run = async (reason: string): Promise<void> => {
    if (ending) return;
    ending = true;
    logger.info({ reason }, 'ending');
    setTimeout(() => process.exit(1), drainMs + LONGEST_END_MS).unref();
    try {
      await end();
      process.exit(0);
    } catch (error) {
      logger.error({ err: error }, 'could not end in order');
      process.exit(1);
    }
  };
  process.on('SIGTERM', () => void run('SIGTERM'));
  process.on('SIGINT', () => {
    if (process.send === undefined) void run('SIGINT');
  });
  process.on('disconnect', () => void run('parent gone'));
  // The parent may be gone since before this process could listen for that.
  if (process.send !== undefined && !process.connected) void run('parent gone');
}

/** Ends a process that could not start: one line for a person, exit code 1. */
export function refuseToStart(error: unknown): never {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
