import type { Duplex } from 'node:stream';
import { CLOSE_CODES } from '@parley/protocol';
import { type RawData, WebSocket } from 'ws';
import { countClosed, openConnections } from '../metrics.js';
import { writeInTurn, writeWithAnswer } from '../pacing/end-of-turn.js';
import type { Connection } from './connection.js';
import type { Link } from './link.js';

/**
 * A WebSocket of `ws` that knows its connection, and needs no listeners. It also knows the raw socket: finished
 * frames are written there as they are. `ws` sends control frames alone, each in one go, so the two never mix.
 */
export class ClientSocket extends WebSocket implements Link {
  private raw!: Duplex;
  private connection!: Connection;
  private whenClosed!: (connection: Connection) => void;
  private closedWith: number | undefined;

  /**
   * Joins the parts; from now on what comes in goes to the connection.
   * @param whenClosed told once, when the socket has ended.
   */
  attach(raw: Duplex, connection: Connection, whenClosed: (connection: Connection) => void): void {
    this.raw = raw;
    this.connection = connection;
    this.whenClosed = whenClosed;
    openConnections.inc();
  }

  /** Takes what `ws` tells: listeners would cost each connection a table of them. */
  override emit(event: string | symbol, ...details: unknown[]): boolean {
    if (event === 'message') this.take(details[0] as RawData, details[1] as boolean);
    else if (event === 'pong') this.connection.lastPong = performance.now();
    else if (event === 'close') this.ended(details[0] as number);
    // An error: `ws` closes by itself with the code that fits (1002, 1007, 1009), and `close` follows.
    return true;
  }

  get isOpen(): boolean {
    return this.readyState === WebSocket.OPEN;
  }

  get takesDeflated(): boolean {
    return this.extensions !== '';
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

  writeWithAnswer(frames: Buffer): void {
    writeWithAnswer(this.raw, frames);
  }

  write(frames: Buffer): void {
    this.raw.write(frames);
  }

  /** Keeps the code: a client that does not answer it ends as if cut, and counts by why. */
  override close(code?: number, reason?: string | Buffer): void {
    this.closedWith ??= code;
    super.close(code, reason);
  }

  private take(text: RawData, isBinary: boolean): void {
    if (isBinary) this.connection.close(CLOSE_CODES.UNSUPPORTED_DATA, 'text frames only');
    // A copy: the bytes are a piece of a larger buffer that would stay in memory.
    else this.connection.receive(text.toString());
  }

  private ended(code: number): void {
    openConnections.dec();
    countClosed(this.closedWith ?? code);
    this.whenClosed(this.connection);
    this.connection.end();
  }
}
