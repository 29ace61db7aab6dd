import { randomUUID } from 'node:crypto';
import {
  type DynamicModule,
  Global,
  Inject,
  Module,
  type OnApplicationShutdown,
  type Provider,
} from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { traitsOf } from '@parley/contracts';
import {
  checkSubscriberRoom,
  connectRedis,
  failFast,
  OPERATED,
  operatorsStream,
  type RedisConnection,
} from '@parley/redis';
import {
  RedisTransportClient,
  RedisTransportServer,
  type RedisTransportServerOptions,
} from '@parley/redis-transport';
import { EventPublisher } from './event-publisher.js';
import { HealthController } from './health.controller.js';
import { createLogger, LOGGER, type Logger } from './logger.js';
import { OperatorServer } from './operator-pattern.js';
import { Readiness } from './readiness.js';
import { observeRedis } from './redis-metrics.js';
import { carryRequestScope, enterRequestScope, traceWith } from './request-scope.js';
import { RpcErrorFilter } from './rpc-error.filter.js';
import { transportMetrics } from './rpc-metrics.js';
import { clientOf, ServiceClient } from './service-client.js';
import type { ServiceSettings } from './settings.js';
import { StatusReports } from './status/status-reports.js';
import { startTracing, type Tracer } from './tracing.js';

/** Injection token of the service's Redis client for its own keys. */
export const REDIS = Symbol('redis');

/** What a service tells the kit. */
export interface ServiceOptions {
  /** Its name: its request stream, consumer group and Redis user. */
  readonly service: string;
  readonly settings: ServiceSettings;
  /** The services that it sends requests to; inject a {@link ServiceClient} with `clientOf(name)`. */
  readonly calls: readonly string[];
}

/** Injection token of a {@link StartCheck}. */
export const START_CHECK = Symbol('start check');
/** Looks whether the surroundings can carry the service. Rejects, with a message for a person, if they cannot. */
export type StartCheck = () => Promise<void>;

const TRANSPORTS = Symbol('transports');
/**
 * How long the reply to a keyed request is kept, in deadlines. A key is never used again after the deadline of its
 * request. Keeping replies for longer would only fill Redis, mainly with the replies to joins.
 */
export const REPLIES_KEPT_DEADLINES = 6;
/**
 * Characters of such a reply at most. Nothing larger changes anything: it is the answer to joins, for which the gateway asks again under
 * another key when it is lost. To keep 240 KB took Redis more than to publish them, and as much memory and append-only file.
 */
export const KEPT_REPLY_CHARACTERS = 128 * 1024;
const TRACER = Symbol('tracer');

/** What every service has: logger, Redis, transport, clients of other services, health and metrics. */
@Global()
@Module({})
export class ServiceKitModule implements OnApplicationShutdown {
  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    @Inject(TRANSPORTS) private readonly transports: Map<string, RedisTransportClient>,
    @Inject(TRACER) private readonly tracer: Tracer | undefined,
    @Inject(LOGGER) logger: Logger,
    server: RedisTransportServer,
    @Inject(OperatorServer) operators: OperatorServer | undefined,
    readiness: Readiness,
  ) {
    redis.on('error', (error: Error) => logger.warn({ err: error }, 'redis connection'));
    readiness.add('redis', async () => (await redis.ping()) === 'PONG');
    readiness.add('transport', () => server.isReady());
    observeRedis(redis);
    const servers = operators === undefined ? [server] : [server, operators];
    for (const each of servers) transportMetrics.addServer(each);
    for (const [service, client] of transports) {
      transportMetrics.addClient(service, client);
      carryRequestScope(client);
    }
    if (tracer !== undefined) {
      traceWith(tracer);
      for (const each of servers) tracer.trace(each, transports.values());
    }
    // Last, so outermost: what traces and measures a handler runs within the scope of its request.
    for (const each of servers) {
      enterRequestScope(each, (pattern, seconds) => logger.debug({ pattern, seconds }, 'request handled'));
    }
  }

  static forRoot(options: ServiceOptions): DynamicModule {
    const clients = options.calls.map(clientProvider(options.settings));
    const providers: Provider[] = [...coreProviders(options), ...clients];
    return {
      module: ServiceKitModule,
      controllers: [HealthController],
      providers,
      exports: [
        REDIS,
        LOGGER,
        START_CHECK,
        Readiness,
        EventPublisher,
        RedisTransportServer,
        OperatorServer,
        StatusReports,
        ...options.calls.map(clientOf),
      ],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.transports.values()].map((transport) => transport.close()));
    await this.tracer?.shutdown();
    this.redis.disconnect();
  }
}

function coreProviders({ service, settings, calls }: ServiceOptions): Provider[] {
  return [
    { provide: LOGGER, useFactory: () => createLogger(service, settings.LOG_LEVEL) },
    { provide: TRACER, useFactory: () => tracerOf(service, settings) },
    { provide: REDIS, useFactory: () => ownRedis(settings) },
    {
      provide: TRANSPORTS,
      useFactory: () =>
        new Map([service, ...calls].map((callee) => [callee, transport(service, callee, settings)])),
    },
    {
      provide: EventPublisher,
      useFactory: (transports: Map<string, RedisTransportClient>) =>
        new EventPublisher(transports.get(service)!),
      inject: [TRANSPORTS],
    },
    {
      provide: RedisTransportServer,
      useFactory: () => new RedisTransportServer(serverOptions(service, settings)),
    },
    { provide: OperatorServer, useFactory: () => operatorServer(service, settings) },
    {
      provide: StatusReports,
      useFactory: (
        redis: RedisConnection,
        server: RedisTransportServer,
        operators: OperatorServer | undefined,
        readiness: Readiness,
        logger: Logger,
      ) => {
        const servers = operators === undefined ? [server] : [server, operators];
        return new StatusReports(
          redis,
          { service, prefix: settings.REDIS_PREFIX, servers, readiness },
          logger,
        );
      },
      inject: [REDIS, RedisTransportServer, OperatorServer, Readiness, LOGGER],
    },
    { provide: START_CHECK, useValue: startCheck(service, settings) },
    { provide: APP_FILTER, useClass: RpcErrorFilter },
    Readiness,
  ];
}

/** The transport's connections do not fail fast: they keep what they send until Redis is back. */
function ownRedis(settings: ServiceSettings): RedisConnection {
  const redis = connectRedis(settings);
  failFast(redis);
  return redis;
}

const clientProvider =
  (settings: ServiceSettings) =>
  (callee: string): Provider => ({
    provide: clientOf(callee),
    useFactory: (transports: Map<string, RedisTransportClient>) =>
      new ServiceClient(callee, transports.get(callee)!, settings.REQUEST_DEADLINE_MS),
    inject: [TRANSPORTS],
  });

async function tracerOf(service: string, settings: ServiceSettings): Promise<Tracer | undefined> {
  const endpoint = settings.OTEL_EXPORTER_OTLP_ENDPOINT;
  return endpoint === undefined ? undefined : startTracing(service, endpoint);
}

const transportPrefix = (settings: ServiceSettings): string => `${settings.REDIS_PREFIX}:rpc`;

/** The service's own reply channels are the ones that its Redis user may both publish to and subscribe to. */
function startCheck(service: string, settings: ServiceSettings): StartCheck {
  const channel = `${transportPrefix(settings)}:{${service}}:reply:${service}.${randomUUID()}`;
  return () => checkSubscriberRoom(settings, channel);
}

function transport(clientName: string, callee: string, settings: ServiceSettings): RedisTransportClient {
  return new RedisTransportClient({
    service: callee,
    clientName,
    prefix: transportPrefix(settings),
    connect: () => connectRedis(settings, { maxRetriesPerRequest: null }),
    maxQueue: settings.REQUEST_QUEUE_LENGTH,
    partitions: settings.REQUEST_PARTITIONS,
    // The copy in the shared stream is for services of the release before. Kept for one release longer.
    eventStream: 'both',
  });
}

/** @returns undefined for a service that operators ask nothing, such as the gateway. */
function operatorServer(service: string, settings: ServiceSettings): OperatorServer | undefined {
  const operated = OPERATED.find((each) => each === service);
  if (operated === undefined) return undefined;
  // Operators ask little.
  const fewStreams = { partitions: 1, readsLater: false };
  return new OperatorServer({ ...serverOptions(operatorsStream(operated), settings), ...fewStreams });
}

function serverOptions(service: string, settings: ServiceSettings): RedisTransportServerOptions {
  return {
    service,
    prefix: transportPrefix(settings),
    connect: () => connectRedis(settings, { maxRetriesPerRequest: null }),
    takeOverAfterMs: settings.TAKE_OVER_AFTER_MS,
    queueAgeMs: settings.REQUEST_QUEUE_AGE_MS,
    hasOwnQueue: (pattern) => traitsOf(pattern).hasOwnQueue ?? false,
    partitions: settings.REQUEST_PARTITIONS,
    // Publishers of the release before have no streams of their own. Kept for one release longer.
    alsoShared: true,
    idempotencyTtlMs: Math.max(1_000, REPLIES_KEPT_DEADLINES * settings.REQUEST_DEADLINE_MS),
    maxStoredReplyBytes: KEPT_REPLY_CHARACTERS,
  };
}
