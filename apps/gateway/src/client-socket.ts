import type { Duplex } from 'node:stream';
import { CLOSE_CODES } from '@parley/protocol';
import { type RawData, WebSocket } from 'ws';
import type { Connection, Link } from './connection.js';
import { countClosed, openConnections } from './metrics.js';
import { writeInTurn } from './turn.js';

/**
 * A WebSocket of `ws` that knows its connection, so that all sockets share their listeners. It also knows the
 * raw socket: finished frames are written there as they are. `ws` sends control frames alone, each in one go, so the
 * two never mix.
 */
export class ClientSocket extends WebSocket implements Link {
  private raw!: Duplex;
  private connection!: Connection;
  private closedWith: number | undefined;

  /** Joins the parts; from now on what comes in goes to the connection. */
  attach(raw: Duplex, connection: Connection): void {
    this.raw = raw;
    this.connection = connection;
    this.on('message', onMessage).on('pong', onPong).on('close', onClose).on('error', ignore);
    openConnections.inc();
  }

  get isOpen(): boolean {
    return this.readyState === WebSocket.OPEN;
  }

  get bufferedBytes(): number {
    return this.raw.writableLength;
  }

  drained(): Promise<void> {
    const { raw } = this;
    if (!raw.writableNeedDrain || raw.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        raw.off('drain', done).off('close', done);
        resolve();
      };
      raw.once('drain', done).once('close', done);
    });
  }

  writeInTurn(frames: Buffer): void {
    writeInTurn(this.raw, frames);
  }

  write(frames: Buffer): void {
    this.raw.write(frames);
  }

  /** Keeps the code: a client that does not answer it ends as if cut, and counts by why. */
  override close(code?: number, reason?: string | Buffer): void {
    this.closedWith ??= code;
    super.close(code, reason);
  }

  /** Called with `this` being a socket whose connection is attached. */
  take(text: RawData, isBinary: boolean): void {
    if (isBinary) this.connection.close(CLOSE_CODES.UNSUPPORTED_DATA, 'text frames only');
    // A copy: the bytes are a piece of a larger buffer that would stay in memory.
    else this.connection.receive(text.toString());
  }

  alive(): void {
    this.connection.lastPong = performance.now();
  }

  ended(code: number): void {
    openConnections.dec();
    countClosed(this.closedWith ?? code);
    this.connection.end();
  }
}

function onMessage(this: WebSocket, text: RawData, isBinary: boolean): void {
  (this as ClientSocket).take(text, isBinary);
}

function onPong(this: WebSocket): void {
  (this as ClientSocket).alive();
}

function onClose(this: WebSocket, code: number): void {
  (this as ClientSocket).ended(code);
}

/** `ws` closes by itself with the code that fits (1002, 1007, 1009), and `close` follows. */
function ignore(): void {}
