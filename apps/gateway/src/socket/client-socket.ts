import type { Duplex } from 'node:stream';
import { CLOSE_CODES } from '@parley/protocol';
import { type RawData, WebSocket } from 'ws';
import { countClosed, openConnections } from '../metrics.js';
import { currentTurn, writeInTurn, writeWithAnswer } from '../pacing/end-of-turn.js';
import { wakingNow } from '../pacing/waking-clock.js';
import type { Connection } from './connection.js';
import type { Link } from './link.js';

/**
 * A WebSocket of `ws` that knows its connection and needs no listeners. It also knows the raw socket, to which finished
 * frames are written as they are. `ws` itself sends only control frames, each in one piece, so the two never mix.
 */
export class ClientSocket extends WebSocket implements Link {
  private raw!: Duplex;
  private connection!: Connection;
  private whenClosed!: (connection: Connection) => void;
  private closedWith: number | undefined;
  /** A turn of the event loop, the bytes that were written in it, and in the last one before that wrote any. */
  private turn = 0;
  private written = 0;
  private writtenBefore = 0;

  /**
   * Connects the parts. From now on incoming frames go to the connection.
   * @param whenClosed called once, when the socket has ended.
   */
  attach(raw: Duplex, connection: Connection, whenClosed: (connection: Connection) => void): void {
    this.raw = raw;
    this.connection = connection;
    this.whenClosed = whenClosed;
    openConnections.inc();
  }

  /** Handles the events of `ws`: listeners would cost each connection a table of its own. */
  override emit(event: string | symbol, ...details: unknown[]): boolean {
    if (event === 'message') this.take(details[0] as RawData, details[1] as boolean);
    else if (event === 'pong') this.connection.lastPong = wakingNow();
    else if (event === 'close') this.ended(details[0] as number);
    // After an error `ws` closes with the code that fits (1002, 1007, 1009), and `close` follows.
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

  get backlogBytes(): number {
    this.noteTurn();
    return this.raw.writableLength - this.written - this.writtenBefore;
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
    this.noteWritten(frames);
    writeInTurn(this.raw, frames);
  }

  writeWithAnswer(frames: Buffer): void {
    this.noteWritten(frames);
    writeWithAnswer(this.raw, frames);
  }

  write(frames: Buffer): void {
    this.noteWritten(frames);
    this.raw.write(frames);
  }

  /** Keeps the code: a client that does not answer it ends as if it were cut, and is still counted under its code. */
  override close(code?: number, reason?: string | Buffer): void {
    this.closedWith ??= code;
    super.close(code, reason);
  }

  private noteWritten(frames: Buffer): void {
    this.noteTurn();
    this.written += frames.length;
  }

  /**
   * A socket takes more only between turns. So what it was offered in this turn or at the end of the last one is not yet
   * the client's backlog, and what is corked was not even offered.
   */
  private noteTurn(): void {
    const turn = currentTurn();
    if (turn === this.turn || this.raw.writableCorked > 0) return;
    this.turn = turn;
    this.writtenBefore = this.written;
    this.written = 0;
  }

  private take(text: RawData, isBinary: boolean): void {
    if (isBinary) this.connection.close(CLOSE_CODES.UNSUPPORTED_DATA, 'text frames only');
    // A copy: the bytes are part of a larger buffer, which would stay in memory.
    else this.connection.receive(text.toString());
  }

  private ended(code: number): void {
    openConnections.dec();
    countClosed(this.closedWith ?? code);
    this.whenClosed(this.connection);
    this.connection.end();
  }
}
