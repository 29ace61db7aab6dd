import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Server, type ServerOptions, WebSocketServer } from 'ws';
import { corkForTurn } from '../pacing/end-of-turn.js';
import { ClientSocket } from './client-socket.js';
import { Connection, type ConnectionOptions } from './connection.js';

/**
 * How long a closing handshake may take, in milliseconds, before the socket is cut. A slow client first reads what was
 * sent before the code: up to 1 MiB of ours and 4 MiB of the system's.
 */
const CLOSE_TIMEOUT_MS = 15_000;
/** Pings of a client whose pongs may wait to be sent; above that, it is cut. */
export const MAX_PENDING_PONGS = 64;

/** Neither side keeps a context: what the server compresses is the same for all. */
const PER_MESSAGE_DEFLATE = { serverNoContextTakeover: true, clientNoContextTakeover: true };
/** An offer of compression that asks for a window size of its own. */
const OWN_WINDOW = /server_max_window_bits/i;

export interface SocketServerOptions extends ConnectionOptions {
  readonly maxFrameBytes: number;
  /** Above that, upgrades are refused with 503. */
  readonly maxConnections: number;
  /** Whether the one proxy in front names the client in X-Forwarded-For. */
  readonly trustProxy: boolean;
  /** Whether clients may ask for permessage-deflate (RFC 7692). */
  readonly compression: boolean;
}

/**
 * Turns HTTP upgrades into connections. Any origin may connect: a session depends on a key that the page must know, never
 * on a cookie that the browser adds.
 */
export class SocketServer {
  private readonly webSockets: Server<typeof ClientSocket>;
  private readonly listeners: ((connection: Connection) => void)[] = [];
  private readonly connections = new Set<Connection>();
  private readonly forget = (connection: Connection) => void this.connections.delete(connection);
  private isClosed = false;

  constructor(private readonly options: SocketServerOptions) {
    const webSocketOptions: ServerOptions<typeof ClientSocket> & {
      closeTimeout: number;
      maxPendingAutoPongs: number;
    } = {
      noServer: true,
      clientTracking: false,
      perMessageDeflate: options.compression && PER_MESSAGE_DEFLATE,
      maxPayload: options.maxFrameBytes,
      WebSocket: ClientSocket,
      closeTimeout: CLOSE_TIMEOUT_MS,
      maxPendingAutoPongs: MAX_PENDING_PONGS,
    };
    this.webSockets = new WebSocketServer(webSocketOptions);
  }

  /** Calls the listener with each new connection, before its first frame. */
  onConnection(listener: (connection: Connection) => void): void {
    this.listeners.push(listener);
  }

  /** Answers one upgrade: with a connection, or with an HTTP error. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.isClosed || this.connections.size >= this.options.maxConnections) {
      refuseForNow(socket);
      return;
    }
    // Frames for such a window cannot be shared: the client gets no compression. `ws` would refuse it.
    if (OWN_WINDOW.test(request.headers['sec-websocket-extensions'] ?? ''))
      delete request.headers['sec-websocket-extensions'];
    // The answer to the upgrade and the first frame leave together.
    corkForTurn(socket);
    this.webSockets.handleUpgrade(request, socket, head, (webSocket) =>
      this.accept(webSocket, socket, addressOf(request, this.options.trustProxy)),
    );
  }

  /** Refuses upgrades and cuts the connections that are left. */
  close(): void {
    this.isClosed = true;
    for (const connection of this.connections) connection.terminate();
  }

  private accept(webSocket: ClientSocket, raw: Duplex, address: string): void {
    const connection = new Connection(webSocket, address, this.options);
    this.connections.add(connection);
    webSocket.attach(raw, connection, this.forget);
    for (const listener of this.listeners) listener(connection);
  }
}

/** The last entry is what the proxy itself saw; the client may have made up those before it. */
function addressOf(request: IncomingMessage, trustProxy: boolean): string {
  const forwarded = trustProxy ? request.headers['x-forwarded-for'] : undefined;
  const last = forwarded?.toString().split(',').at(-1)?.trim();
  return last || (request.socket.remoteAddress ?? '');
}

/** Answers an upgrade with 503: another gateway, or this one in a while, may take the client. */
export const refuseForNow = (socket: Duplex): void => refuseUpgrade(socket, 503, { 'retry-after': '5' });

/** Answers an upgrade with an HTTP error and ends the connection. */
export function refuseUpgrade(
  socket: Duplex,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = STATUS_CODES[status] ?? '';
  const fields = { connection: 'close', 'content-length': String(body.length), ...headers };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  // Without a listener, a client that is already gone would end the process.
  socket.once('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${body}\r\n${lines.join('')}\r\n${body}`);
}
