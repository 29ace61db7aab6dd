import type { DynamicModule } from '@nestjs/common';
import { refuseToStart } from './end-on-signals.js';
import type { ServiceSettings } from './settings.js';
import { type StartOptions, startService } from './start-service.js';

/** A service's module, made for its settings. */
interface ServiceModule<S> {
  forRoot(settings: S): DynamicModule;
}

/**
 * Runs a service for the life of this process: reads its settings from the environment and starts it. A fault in either
 * ends the process with one line for a person and exit code 1.
 * @param options what differs from a service that only answers requests, which listens on HEALTH_HOST and HEALTH_PORT.
 */
export async function runService<S extends ServiceSettings>(
  module: ServiceModule<S>,
  read: (env: NodeJS.ProcessEnv) => S,
  options: (settings: S) => Partial<StartOptions> = () => ({}),
): Promise<void> {
  try {
    const settings = read(process.env);
    const listening = { host: settings.HEALTH_HOST, port: settings.HEALTH_PORT };
    await startService(module.forRoot(settings), { ...listening, ...options(settings) });
  } catch (error) {
    refuseToStart(error);
  }
}
