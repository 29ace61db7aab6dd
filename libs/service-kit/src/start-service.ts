import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { RedisTransportServer } from '@parley/redis-transport';
import { collectDefaultMetrics, Gauge } from 'prom-client';
import { httpDeadlines } from './http-deadlines.js';
import { LOGGER, type Logger, NestLogger } from './logger.js';
import { MetricsServer, type OperatorPages } from './metrics-server.js';
import { OperatorServer } from './operator-pattern.js';
import type { OrderlyEnd } from './orderly-end.js';
import { Readiness } from './readiness.js';
import { START_CHECK, type StartCheck } from './service-kit.module.js';
import { StatusReports } from './status/status-reports.js';

/** Where a service listens: for health probes and, in the gateway, for clients. */
export interface Listening {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
}

/** How a service starts and ends. */
export interface StartOptions extends Listening {
  /** The largest body of a request, in bytes; by default no service takes more than 1 KiB. */
  readonly bodyBytes?: number;
  /** Answers what Node could not read as an HTTP request, and ends its connection; by default Fastify does. */
  readonly unread?: (error: NodeJS.ErrnoException, socket: Duplex) => void;
  /** Where operators read metrics and what is missing. */
  readonly metrics: Listening;
  /** What is served on the port of metrics besides them. */
  readonly pages?: (app: NestFastifyApplication) => OperatorPages | undefined;
  /** Called before the service listens, to add what only this service has (an adapter, static files). It waits for nobody. */
  readonly prepare?: (app: NestFastifyApplication) => Promise<void> | void;
  /**
   * Called before the service takes requests, to look whether Redis can carry it. It may wait for Redis. Rejects, with a
   * message for a person, if Redis cannot.
   */
  readonly check?: (app: NestFastifyApplication) => Promise<void>;
  /** Called once, when the service takes requests. */
  readonly opened?: () => void;
  /** How long `drain` may take, in seconds, in addition to the bound on the end of the process. 0 by default. */
  readonly drainSeconds?: number;
  /** Called on a signal, before the service closes, to send its clients away. */
  readonly drain?: (app: NestFastifyApplication) => Promise<void>;
}

/**
 * How long a start waits for Redis before the service listens without it, in milliseconds. A service that listens takes
 * clients or is given traffic in some deployments, so it first tries to be ready.
 */
const LISTENS_AFTER_MS = 3_000;

/**
 * How often a process samples the lag of its event loop, in milliseconds. Each sample is a wake-up: at prom-client's default of 10 ms,
 * they were most of what an idle process does. A stall of less than this is seen in part, or not at all.
 */
const LAG_SAMPLE_MS = 50;

/** The largest body that a service takes unless it says so, in bytes: none has a use for one. */
const BODY_BYTES = 1_024;

/**
 * Starts a service: its request handlers over the transport, its health over HTTP, and metrics over HTTP on a port of
 * their own. While Redis is away or reads its file, the service waits for it for as long as that takes: it is alive, not
 * ready, and metrics can be read. On SIGTERM or SIGINT, in each of these states, it stops being ready, drains and closes. It
 * tells a parent process over IPC where it listens.
 * @throws Error for a person if Redis cannot carry the service, or if the port is taken.
 */
export async function startService(
  module: DynamicModule,
  options: StartOptions,
  ending: OrderlyEnd,
): Promise<void> {
  const { bodyBytes = BODY_BYTES, unread } = options;
  const adapter = new FastifyAdapter({
    ...httpDeadlines,
    bodyLimit: bodyBytes,
    ...(unread && { clientErrorHandler: unread }),
  });
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, { bufferLogs: true });
  const logger = app.get<Logger>(LOGGER);
  app.useLogger(new NestLogger(logger));
  endInOrder(app, options, ending);
  describeProcess();
  await options.prepare?.(app);
  for (const strategy of servers(app)) app.connectMicroservice({ strategy }, { inheritAppConfig: true });
  const opened = open(app, options, ending);
  await Promise.race([opened, pause(LISTENS_AFTER_MS, undefined, { ref: false })]);
  if (ending.hasBegun) return;
  await app.listen(options.port, options.host);
  const metricsPort = await serveMetrics(app, options);
  const { port } = app.getHttpServer().address() as { port: number };
  logger.info({ port, metricsPort }, 'listening');
  globalThis.process.send?.({ type: 'listening', port, metricsPort });
  await opened;
  logger.info('taking requests');
}

/** What serves the requests of other services, and those of operators where the service has any. */
function servers(app: NestFastifyApplication): RedisTransportServer[] {
  const operators = app.get<OperatorServer | undefined>(OperatorServer);
  return operators === undefined
    ? [app.get(RedisTransportServer)]
    : [app.get(RedisTransportServer), operators];
}

/**
 * Serves metrics until the process ends: while it drains, too. Several processes of one host may be given the same port, as
 * gateway workers are. Metrics are no reason to refuse service, so those that come later take any free port and say so.
 * @returns the port.
 */
async function serveMetrics(
  app: NestFastifyApplication,
  { metrics: { host, port }, pages }: StartOptions,
): Promise<number> {
  const server = new MetricsServer(app.get(Readiness), pages?.(app));
  try {
    return await server.listen(port, host);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    const free = await server.listen(0, host);
    app.get<Logger>(LOGGER).warn({ metricsPort: free }, 'METRICS_PORT is taken; metrics are on another port');
    return free;
  }
}

/** Resolves when the service takes requests. Waits for Redis. */
async function open(app: NestFastifyApplication, options: StartOptions, ending: OrderlyEnd): Promise<void> {
  await app.get<StartCheck>(START_CHECK)();
  await options.check?.(app);
  await app.startAllMicroservices();
  if (ending.hasBegun) return;
  options.opened?.();
  void app.get(StatusReports).start();
}

function endInOrder(app: NestFastifyApplication, options: StartOptions, ending: OrderlyEnd): void {
  ending.by({
    logger: app.get<Logger>(LOGGER),
    end: async () => {
      app.get(Readiness).drain();
      await options.drain?.(app);
      await app.get(StatusReports).end();
      await app.close();
    },
    drainMs: (options.drainSeconds ?? 0) * 1_000,
  });
}

function describeProcess(): void {
  collectDefaultMetrics({ eventLoopMonitoringPrecision: LAG_SAMPLE_MS });
  new Gauge({ name: 'process_id', help: 'Process id, which tells apart workers that share a port.' }).set(
    process.pid,
  );
}
