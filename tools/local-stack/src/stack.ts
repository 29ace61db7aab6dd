import type { RedisUser } from '@parley/redis';
import { lockFolder } from './folder-lock.js';
import { usablePort } from './port-check.js';
import { RunningStack } from './running-stack.js';
import { readStackSettings } from './settings.js';

export interface StackOptions {
  /** The settings, named as in the environment of `npm start`. Nothing else of the environment is looked at. */
  settings: NodeJS.ProcessEnv;
  /** `shared`: all gateway workers on one port. `separate`: each on a free port of its own, for tests of replicas. */
  gatewayPorts?: 'shared' | 'separate';
  /** Gets each line that a person should see: progress, and the complaints of services. */
  report?: (line: string) => void;
  /** Ends the start, or the stack, when aborted before `startStack` has resolved. */
  signal?: AbortSignal;
  /** The module that each service runs. */
  entry?: (service: RedisUser) => string;
  /** What the process of that name (`auth-1`, …) sees besides: tests give one replica a clock of its own, say. */
  environmentOf?: (name: string) => Record<string, string>;
}

/** Where a gateway can be reached. */
export interface GatewayAddress {
  /** `ws://127.0.0.1:port/ws` */
  url: string;
  /** `http://127.0.0.1:port` */
  httpUrl: string;
}

/** The whole chat, running on this machine. */
export interface Stack extends GatewayAddress {
  /** One with shared ports, one per worker with separate ones. */
  readonly gateways: readonly GatewayAddress[];
  /** The URL of Redis for its administrator (own Redis), or as given. */
  readonly redisUrl: string | undefined;
  /** The URL of Redis for each service: its own user in an own Redis, or as given. */
  readonly redisUrls: Readonly<Record<RedisUser, string | undefined>>;
  /** The processes that run now: `redis` (when it is our own), `auth-1`, …, `gateway-1`, … */
  processes(): { name: string; pid: number }[];
  /** Sends a signal to the process of that name. One that dies of it is started again. */
  kill(name: string, signal: NodeJS.Signals): void;
  /** Ends the gateways, then the services, then Redis, within 10 s. Never rejects; a second call waits for the first. */
  stop(): Promise<void>;
}

/**
 * Brings up Redis (unless the settings name one), the services and the gateway workers, and resolves when all of them are
 * ready. Throws a StartError, with nothing left running, when a setting or the machine does not allow it.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const settings = readStackSettings(options.settings);
  const port = options.gatewayPorts === 'separate' ? 0 : settings.listen.port;
  // First of all: of the same chat started twice, the port would say less.
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

/** An abort need not wait for what cannot be cut short, such as the fetching of packages. */
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
