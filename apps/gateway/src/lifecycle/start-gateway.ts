import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { LOGGER, type Logger, type StartOptions } from '@parley/service-kit';
import type { GatewaySettings } from '../config.js';
import { FrameRouter } from '../frames/frame-router.js';
import { watchIntake } from '../metrics.js';
import type { TokenRate } from '../pacing/token-bucket.js';
import { serveRest } from '../rest/serve-rest.js';
import { answerUnread } from '../rest/unread-requests.js';
import { AllowedOrigins } from '../socket/allowed-origins.js';
import type { ArrivalOptions } from '../socket/arrivals.js';
import { ConnectionAdapter } from '../socket/connection.adapter.js';
import { Intake } from '../socket/intake.js';
import { ConnectionGateway } from './connection.gateway.js';
import { GatewayLife } from './gateway-life.js';
import { loadPage, operatorPages, servePublicly } from './operator-page.js';
import { serveClient } from './serve-client.js';

/** What makes a service a gateway: the WebSocket adapter, the static client, and the drain. */
export function gatewayOptions(settings: GatewaySettings): Partial<StartOptions> {
  let adapter: ConnectionAdapter;
  let isEnding = false;
  const page = loadPage();
  const origins = new AllowedOrigins(settings.ALLOWED_ORIGINS, settings.TRUST_PROXY);
  return {
    host: settings.HOST,
    port: settings.PORT,
    bodyBytes: settings.MAX_FRAME_BYTES,
    unread: answerUnread,
    pages: (app) => (settings.ADMIN_ON === 'off' ? undefined : operatorPages(app, page)),
    drainSeconds: settings.DRAIN_SECONDS,
    prepare: async (app) => {
      adapter = connectionAdapter(app, settings, origins);
      // Until it reads what the services tell all gateways: a client that it took earlier would miss that.
      adapter.refuse();
      app.useWebSocketAdapter(adapter);
      serveRest(app, {
        ...{ origins, trustProxy: settings.TRUST_PROXY, isEnding: () => isEnding },
        rate: rate(settings.FRAMES_PER_SECOND, settings.FRAMES_BURST),
        keyRate: rate(settings.KEY_REQUESTS_PER_SECOND, settings.KEY_REQUESTS_BURST),
      });
      if (settings.ADMIN_ON === 'public') servePublicly(app, page);
      await serveClient(app, settings.CLIENT_LOCATION, settings.TRUST_PROXY);
    },
    opened: () => adapter.accept(),
    drain: async (app) => {
      isEnding = true;
      adapter.refuse();
      await app.get(GatewayLife).drain();
    },
  };
}

function connectionAdapter(
  app: NestFastifyApplication,
  settings: GatewaySettings,
  origins: AllowedOrigins,
): ConnectionAdapter {
  const router = app.get(FrameRouter);
  const connections = app.get(ConnectionGateway);
  const logger = app.get<Logger>(LOGGER);
  const options: ConstructorParameters<typeof ConnectionAdapter>[1] = {
    route: (connection, text) => router.route(connection, text),
    fault: (error) => logger.error({ err: error }, 'a task of a connection failed'),
    began: (connection) => connections.begin(connection),
    ended: (connection) => connections.end(connection),
    maxBufferedBytes: settings.MAX_BUFFERED_BYTES,
    ...arrivalOptions(settings),
    maxFrameBytes: settings.MAX_FRAME_BYTES,
    maxConnections: settings.MAX_CONNECTIONS,
    perAddress: settings.CONNECTIONS_PER_ADDRESS,
    perUser: settings.CONNECTIONS_PER_USER,
    trustProxy: settings.TRUST_PROXY,
    compression: settings.COMPRESSION,
  };
  return new ConnectionAdapter(app.getHttpServer(), options, origins);
}

function arrivalOptions(settings: GatewaySettings): ArrivalOptions {
  const intake = new Intake(settings.INTAKE_BYTES);
  watchIntake([intake.unsigned, intake.signedIn]);
  return {
    intake,
    queue: { frames: settings.MAX_QUEUED_FRAMES, bytes: settings.MAX_QUEUED_BYTES },
    frameRate: rate(settings.FRAMES_PER_SECOND, settings.FRAMES_BURST),
    byteRate: rate(settings.BYTES_PER_SECOND, settings.BYTES_BURST),
  };
}

/** 0 a second: no limit. */
const rate = (perSecond: number, burst: number): TokenRate | undefined =>
  perSecond === 0 ? undefined : { perSecond, burst };
