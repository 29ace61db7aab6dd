import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { unfinishedRequests } from '../metrics.js';

/** TCP connections of one gateway without a WebSocket; above that, the one that has asked for nothing longest is cut. */
export const HANDSHAKES = 2_048;

/** The largest head of a request that Node takes, in bytes (http.maxHeaderSize). */
export const HEAD_BYTES = 16 * 1_024;
/** The largest control frame to a client, in bytes, with the buffer that holds it. */
export const CONTROL_BYTES = 256;

/** The error by which Node reports that a request was not complete in time. */
const TIMED_OUT = 'ERR_HTTP_REQUEST_TIMEOUT';

/**
 * Bounds the TCP connections that are no WebSocket yet. Each may hold the head of a request, 16 KiB, for as long as the deadlines
 * of HTTP allow.
 */
export class Handshakes {
  private readonly open = new Set<Duplex>();
  /** One listener for all sockets: a closure for each would cost memory. */
  private readonly onClose: (this: Duplex) => void;

  constructor(
    server: Server,
    private readonly most = HANDSHAKES,
  ) {
    const { open } = this;
    this.onClose = function onClose() {
      open.delete(this);
    };
    server.on('connection', (socket: Duplex) => this.add(socket));
    server.on('request', ({ socket }: { readonly socket: Duplex }) => this.hasAsked(socket));
    server.on('clientError', (error: NodeJS.ErrnoException) => {
      if (error.code === TIMED_OUT) unfinishedRequests.inc({ reason: 'timeout' });
    });
  }

  /** The socket is a WebSocket. */
  done(socket: Duplex): void {
    this.open.delete(socket);
    socket.off('close', this.onClose);
  }

  /** A program that uses one connection for many requests is not the first to be cut, however old its connection is. */
  private hasAsked(socket: Duplex): void {
    if (this.open.delete(socket)) this.open.add(socket);
  }

  private add(socket: Duplex): void {
    this.open.add(socket);
    socket.on('close', this.onClose);
    if (this.open.size <= this.most) return;
    const [oldest] = this.open;
    unfinishedRequests.inc({ reason: 'too many' });
    oldest!.destroy();
    this.open.delete(oldest!);
  }
}
