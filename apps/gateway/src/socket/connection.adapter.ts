import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocketAdapter, WsMessageHandler } from '@nestjs/common';
import { AllowedOrigins } from './allowed-origins.js';
import type { Connection } from './connection.js';
import { GatewayClasses } from './gateway-classes.js';
import { Handshakes } from './handshakes.js';
import { namesSecret } from './secret-query.js';
import { refuseForNow, refuseUpgrade, SocketServer, type SocketServerOptions } from './socket-server.js';

/** The options of `@WebSocketGateway` that this adapter knows. */
interface GatewayOptions {
  readonly path?: string;
}

/**
 * Nest's WebSocket adapter over `ws` on the application's own HTTP server. The client that guards, pipes,
 * filters and handlers see is the {@link Connection}. A handler's message body is what the frame router hands to
 * {@link Connection.handle}; the router sends what the handler returns as the answer.
 *
 * Nest's hooks `handleConnection` and `handleDisconnect` mean nothing here: `began` and `ended` of the options are told.
 */
export class ConnectionAdapter implements WebSocketAdapter<SocketServer, Connection, GatewayOptions> {
  private readonly servers = new Map<string, SocketServer>();
  private readonly handshakes: Handshakes;
  private isRefusing = false;

  constructor(
    httpServer: Server,
    private readonly options: Omit<SocketServerOptions, 'classes'>,
    private readonly origins = new AllowedOrigins(undefined, options.trustProxy),
  ) {
    this.handshakes = new Handshakes(httpServer);
    httpServer.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.upgrade(request, socket, head),
    );
  }

  /** One server per path; gateway classes of the same path share it. */
  create(port: number, { path = '/' }: GatewayOptions = {}): SocketServer {
    if (port !== 0)
      throw new RangeError('Gateways share the HTTP server: @WebSocketGateway takes no port here.');
    const server = new SocketServer({ ...this.options, classes: new GatewayClasses() });
    this.servers.set(path, server);
    return server;
  }

  /** Nest's callback binds the handlers of one class. It is called when they are needed, and for a connection more than once. */
  bindClientConnect(server: SocketServer, callback: (connection: Connection) => void): void {
    server.classes.add(callback);
  }

  bindMessageHandlers(connection: Connection, handlers: WsMessageHandler[]): void {
    connection.bind(handlers);
  }

  /** From now on every upgrade is refused with 503. */
  refuse(): void {
    this.isRefusing = true;
  }

  /** From now on upgrades are accepted, as they are at first. */
  accept(): void {
    this.isRefusing = false;
  }

  close(server: SocketServer): void {
    server.close();
  }

  /** Called by Nest when all servers are closed. */
  dispose(): void {
    this.servers.clear();
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const [path = '', query = ''] = request.url?.split('?', 2) ?? [];
    const server = this.servers.get(path);
    if (server === undefined) refuseUpgrade(socket, 404);
    else if (!this.origins.admits(request)) refuseUpgrade(socket, 403);
    // Proxies and browsers keep URLs. A client that learns this on its first try sends the secret in a frame.
    else if (namesSecret(query)) refuseUpgrade(socket, 400);
    else if (this.isRefusing) refuseForNow(socket);
    else server.upgrade(request, socket, head, () => this.handshakes.done(socket));
  }
}
