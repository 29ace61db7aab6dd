import { type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { RedisTransportServer } from '@parley/redis-transport';
import { collectDefaultMetrics, Gauge } from 'prom-client';
import { endOnSignals } from './end-on-signals.js';
import { LOGGER, type Logger, NestLogger } from './logger.js';
import { Readiness } from './readiness.js';

/** Where a service listens for health probes and, in the gateway, for clients. */
export interface Listening {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
}

/** What a service may do between being made and listening. */
export interface StartOptions extends Listening {
  /** Called before the service starts, to add what only it has (an adapter, static files). */
  readonly prepare?: (app: NestFastifyApplication) => Promise<void> | void;
  /** How long `drain` takes its time, in seconds; the end of the process is bounded beyond that. 0 by default. */
  readonly drainSeconds?: number;
  /** Called on a signal, before the service is closed, to take leave of its clients. */
  readonly drain?: (app: NestFastifyApplication) => Promise<void>;
}

/**
 * Starts a service: its request handlers over the transport, then health and metrics over HTTP. It ends on
 * SIGTERM or SIGINT: not ready, drained, closed. Tells a parent process over IPC where it listens.
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
  new Gauge({ name: 'process_id', help: 'Process id: tells workers apart that share a port.' }).set(
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
  await app.startAllMicroservices();
  await app.listen(options.port, options.host);
  const { port } = app.getHttpServer().address() as { port: number };
  logger.info({ port }, 'listening');
  globalThis.process.send?.({ type: 'listening', port });
  return app;
}
