import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Server, type ServerOptions, WebSocketServer } from 'ws';
import { refusedConnections } from '../metrics.js';
import { corkForTurn } from '../pacing/end-of-turn.js';
import { Admission, type AdmissionOptions } from './admission.js';
import { addressOf } from './client-address.js';
import { ClientSocket } from './client-socket.js';
import { Connection, type ConnectionOptions } from './connection.js';
import type { GatewayClasses } from './gateway-classes.js';

/**
 * How long a closing handshake may take, in milliseconds, before the socket is cut. A slow client first reads what was
 * sent before the code: up to 1 MiB of ours and 4 MiB of the system's.
 */
const CLOSE_TIMEOUT_MS = 15_000;
/** Fragments of one message: a browser makes none, and each costs far more than its bytes. */
export const MOST_FRAGMENTS = 128;
/** Pieces of one frame that may wait for its end, at the least; a larger frame may come in pieces of this many bytes. */
const MOST_PIECES = 256;
const LEAST_PIECE_BYTES = 256;

/** How long a client that is refused may take to end the connection, in milliseconds. */
const REFUSAL_MS = 2_000;

/** Neither side keeps a context: what the server compresses is the same for all. */
const PER_MESSAGE_DEFLATE = { serverNoContextTakeover: true, clientNoContextTakeover: true };
/** An offer of compression that asks for a window size of its own. */
const OWN_WINDOW = /server_max_window_bits/i;

export interface SocketServerOptions extends Omit<ConnectionOptions, 'admission'>, AdmissionOptions {
  readonly maxFrameBytes: number;
  /** Called with each new connection, before its first frame. */
  readonly began: (connection: Connection) => void;
  /** Whether the one proxy in front names the client in X-Forwarded-For. */
  readonly trustProxy: boolean;
  /** Whether clients may ask for permessage-deflate (RFC 7692). */
  readonly compression: boolean;
}

/** Turns HTTP upgrades into connections. */
export class SocketServer {
  private readonly webSockets: Server<typeof ClientSocket>;
  private readonly connections = new Set<Connection>();
  private readonly admission: Admission;
  private readonly connectionOptions: ConnectionOptions;
  private readonly forget = (connection: Connection) => void this.connections.delete(connection);
  private isClosed = false;

  constructor(private readonly options: SocketServerOptions) {
    const webSocketOptions: ServerOptions<typeof ClientSocket> & {
      closeTimeout: number;
      maxBufferedChunks: number;
      maxFragments: number;
    } = {
      noServer: true,
      clientTracking: false,
      perMessageDeflate: options.compression && PER_MESSAGE_DEFLATE,
      maxPayload: options.maxFrameBytes,
      WebSocket: ClientSocket,
      closeTimeout: CLOSE_TIMEOUT_MS,
      // The client socket answers pings: many with one pong.
      autoPong: false,
      maxFragments: MOST_FRAGMENTS,
      maxBufferedChunks: Math.max(MOST_PIECES, options.maxFrameBytes / LEAST_PIECE_BYTES),
    };
    this.webSockets = new WebSocketServer(webSocketOptions);
    this.admission = new Admission(options);
    this.connectionOptions = { ...options, admission: this.admission };
  }

  /** What answers frames. */
  get classes(): GatewayClasses<Connection> {
    return this.options.classes;
  }

  /**
   * Answers one upgrade: with a connection, or with an HTTP error.
   * @param accepted called when the socket is a WebSocket.
   */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, accepted?: () => void): void {
    const address = addressOf(request, this.options.trustProxy);
    const refusal = this.isClosed ? 'full' : this.admission.refusal(address);
    if (refusal !== undefined) {
      refusedConnections.inc({ reason: refusal });
      // Not 503: a proxy in front would try the other gateways.
      if (refusal === 'address') refuseUpgrade(socket, 429, RETRY_LATER);
      else refuseForNow(socket);
      return;
    }
    // Frames for such a window cannot be shared: the client gets no compression. `ws` would refuse it.
    if (OWN_WINDOW.test(request.headers['sec-websocket-extensions'] ?? ''))
      delete request.headers['sec-websocket-extensions'];
    // The answer to the upgrade and the first frame leave together.
    corkForTurn(socket);
    this.webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      accepted?.();
      this.accept(webSocket, socket, address);
    });
  }

  /** Refuses upgrades and cuts the connections that are left. */
  close(): void {
    this.isClosed = true;
    for (const connection of this.connections) connection.terminate();
  }

  private accept(webSocket: ClientSocket, raw: Duplex, address: string): void {
    const connection = new Connection(webSocket, address, this.connectionOptions);
    this.connections.add(connection);
    webSocket.attach(raw, connection, this.forget);
    this.options.began(connection);
  }
}

const RETRY_LATER = { 'retry-after': '5' };

/** Answers an upgrade with 503: another gateway, or this one in a while, may take the client. */
export const refuseForNow = (socket: Duplex): void => refuseUpgrade(socket, 503, RETRY_LATER);

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
  // One that does not end its side would keep the socket.
  setTimeout(() => socket.destroy(), REFUSAL_MS).unref();
  socket.end(`HTTP/1.1 ${status} ${body}\r\n${lines.join('')}\r\n${body}`);
}
