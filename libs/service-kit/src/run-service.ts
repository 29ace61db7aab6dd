import type { DynamicModule } from '@nestjs/common';
import { describeUncaught, OrderlyEnd, refuseToStart } from './orderly-end.js';
import type { ServiceSettings } from './settings.js';
import { type StartOptions, startService } from './start-service.js';

/** A service's module, made for its settings. */
interface ServiceModule<S> {
  forRoot(settings: S): DynamicModule;
}

/**
 * Runs a service for the life of this process: reads its settings from the environment and starts it. A fault in either
 * ends the process with one line for a person and exit code 1. That Redis is away is no fault: the service waits for it.
 * @param options what differs from a service that only answers requests, which serves health on HEALTH_HOST and HEALTH_PORT.
 */
export async function runService<S extends ServiceSettings>(
  module: ServiceModule<S>,
  read: (env: NodeJS.ProcessEnv) => S,
  options: (settings: S) => Partial<StartOptions> = () => ({}),
): Promise<void> {
  describeUncaught();
  const ending = new OrderlyEnd();
  try {
    const settings = read(process.env);
    const listening = { host: settings.HEALTH_HOST, port: settings.HEALTH_PORT };
    const metrics = { host: settings.METRICS_HOST, port: settings.METRICS_PORT };
    await startService(module.forRoot(settings), { ...listening, metrics, ...options(settings) }, ending);
  } catch (error) {
    // A start that a signal interrupts fails; the process is ending already.
    if (!ending.hasBegun) refuseToStart(error);
  }
}
