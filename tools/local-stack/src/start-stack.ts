import { lockFolder } from './folder-lock.js';
import { usablePort } from './port-check.js';
import { RunningStack } from './running-stack.js';
import { readStackSettings } from './settings.js';
import type { Stack, StackOptions } from './stack.js';

/**
 * Brings up Redis (unless the settings name one), the services and the gateway workers, and resolves when all are
 * ready. Throws a StartError, with nothing left running, when a setting or the machine prevents it.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const settings = readStackSettings(options.settings);
  const port = options.gatewayPorts === 'separate' ? 0 : settings.listen.port;
  // Locked first: if the same chat is started twice, this error says more than a port in use.
  const unlock = lockFolder(settings.dataFolder);
  const usable = await usablePort(port, settings.listen.host).catch((error) => {
    unlock();
    throw error;
  });
  const stack = new RunningStack(options, settings, usable, unlock);
  try {
    await unlessAborted(stack.start(), options.signal);
    return stack;
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

/** An abort does not wait for work that cannot be interrupted, such as fetching packages. */
async function unlessAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return work;
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort);
  });
  await Promise.race([work, aborted]).finally(() => signal.removeEventListener('abort', abort));
}
