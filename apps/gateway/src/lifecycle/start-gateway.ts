import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { LOGGER, type Logger, type StartOptions } from '@parley/service-kit';
import type { GatewaySettings } from '../config.js';
import { FrameRouter } from '../frames/frame-router.js';
import { ConnectionAdapter } from '../socket/connection.adapter.js';
import { GatewayLife } from './gateway-life.js';
import { serveClient } from './serve-client.js';

/** What makes a service a gateway: the WebSocket adapter, the static client, and the drain. */
export function gatewayOptions(settings: GatewaySettings): StartOptions {
  let adapter: ConnectionAdapter;
  return {
    host: settings.HOST,
    port: settings.PORT,
    drainSeconds: settings.DRAIN_SECONDS,
    prepare: async (app) => {
      adapter = connectionAdapter(app, settings);
      // Until it reads what the services tell all gateways: a client that it took earlier would miss that.
      adapter.refuse();
      app.useWebSocketAdapter(adapter);
      await serveClient(app, settings.CLIENT_LOCATION);
    },
    opened: () => adapter.accept(),
    drain: async (app) => {
      adapter.refuse();
      await app.get(GatewayLife).drain();
    },
  };
}

function connectionAdapter(app: NestFastifyApplication, settings: GatewaySettings): ConnectionAdapter {
  const router = app.get(FrameRouter);
  const logger = app.get<Logger>(LOGGER);
  return new ConnectionAdapter(app.getHttpServer(), {
    route: (connection, text) => router.route(connection, text),
    fault: (error) => logger.error({ err: error }, 'a task of a connection failed'),
    maxBufferedBytes: settings.MAX_BUFFERED_BYTES,
    maxQueuedFrames: settings.MAX_QUEUED_FRAMES,
    frameRate:
      settings.FRAMES_PER_SECOND === 0
        ? undefined
        : { perSecond: settings.FRAMES_PER_SECOND, burst: settings.FRAMES_BURST },
    maxFrameBytes: settings.MAX_FRAME_BYTES,
    maxConnections: settings.MAX_CONNECTIONS,
    trustProxy: settings.TRUST_PROXY,
    compression: settings.COMPRESSION,
  });
}
