import { type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { RedisTransportServer } from '@parley/redis-transport';
import { collectDefaultMetrics, Gauge } from 'prom-client';
import { endOnSignals } from './end-on-signals.js';
import { LOGGER, type Logger, NestLogger } from './logger.js';
import { Readiness } from './readiness.js';
import { START_CHECK, type StartCheck } from './service-kit.module.js';

/** Where a service listens: for health probes and, in the gateway, for clients. */
export interface Listening {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
}

/** How a service starts and ends. */
export interface StartOptions extends Listening {
  /** Called before the service listens, to add what only this service has (an adapter, static files). */
  readonly prepare?: (app: NestFastifyApplication) => Promise<void> | void;
  /** How long `drain` may take, in seconds, in addition to the bound on the end of the process. 0 by default. */
  readonly drainSeconds?: number;
  /** Called on a signal, before the service closes, to send its clients away. */
  readonly drain?: (app: NestFastifyApplication) => Promise<void>;
}

/**
 * Starts a service: checks what it needs, then its request handlers over the transport, then health and metrics over HTTP. On SIGTERM or SIGINT it
 * stops being ready, drains and closes. It tells a parent process over IPC where it listens.
 */
export async function startService(
  module: DynamicModule,
  options: StartOptions,
): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(), {
    bufferLogs: true,
  });
  const logger = app.get<Logger>(LOGGER);
  app.useLogger(new NestLogger(logger));
  collectDefaultMetrics();
  new Gauge({ name: 'process_id', help: 'Process id, which tells apart workers that share a port.' }).set(
    process.pid,
  );
  await options.prepare?.(app);
  app.connectMicroservice({ strategy: app.get(RedisTransportServer) }, { inheritAppConfig: true });
  endOnSignals(
    logger,
    async () => {
      app.get(Readiness).drain();
      await options.drain?.(app);
      await app.close();
    },
    (options.drainSeconds ?? 0) * 1_000,
  );
  await app.get<StartCheck>(START_CHECK)();
  await app.startAllMicroservices();
  await app.listen(options.port, options.host);
  const { port } = app.getHttpServer().address() as { port: number };
  logger.info({ port }, 'listening');
  globalThis.process.send?.({ type: 'listening', port });
  return app;
}
