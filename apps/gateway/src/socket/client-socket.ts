import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { CLOSE_CODES } from '@parley/protocol';
import { WebSocket } from 'ws';
import { countClosed, openConnections } from '../metrics.js';
import { currentTurn, writeInTurn, writeWithAnswer } from '../pacing/end-of-turn.js';
import { wakingNow } from '../pacing/waking-clock.js';
import type { Connection } from './connection.js';
import type { Link } from './link.js';
import { startReading, stopReading } from './read-control.js';
import { pongFrame } from './text-frame.js';

/**
 * Bytes that are taken apart into frames at a time. One read may bring ten thousand small frames, or compressed ones that are a
 * thousand times as long: after each piece the connection may stop.
 */
export const PIECE_BYTES = 1_024;
/** Where a raw socket keeps its client. */
const CLIENT = Symbol('client');

/** A raw socket whose input goes to its client. */
interface ClientStream extends Duplex {
  [CLIENT]?: ClientSocket;
}

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
  /** What the socket has read and is not taken apart yet. */
  private unread: Buffer | undefined;
  private isTakingApart = false;
  private isHeld = false;
  /** A pong is on its way; the newest ping since then, which is answered next. */
  private isPonging = false;
  private newestPing: Buffer | undefined;

  /**
   * Connects the parts. From now on incoming frames go to the connection.
   * @param whenClosed called once, when the socket has ended.
   */
  attach(raw: Duplex, connection: Connection, whenClosed: (connection: Connection) => void): void {
    this.raw = raw;
    this.connection = connection;
    this.whenClosed = whenClosed;
    openConnections.inc();
    const stream: ClientStream = raw;
    stream[CLIENT] = this;
    stream.emit = emitToClient;
    connection.opened();
  }

  /** The socket has read bytes. They are taken apart while the connection is read. */
  arrive(bytes: Buffer): void {
    this.connection.arrivals.read(bytes.length);
    this.unread = this.unread === undefined ? bytes : Buffer.concat([this.unread, bytes]);
    this.takeApart();
  }

  override pause(): void {
    this.isHeld = true;
    super.pause();
    stopReading(this.raw);
  }

  override resume(): void {
    this.isHeld = false;
    startReading(this.raw);
    super.resume();
    this.takeApart();
  }

  /** Handles the events of `ws`: listeners would cost each connection a table of its own. */
  override emit(event: string | symbol, ...details: unknown[]): boolean {
    if (event === 'message') this.take(details[0] as Buffer, details[1] as boolean);
    else if (event === 'ping') this.pingedBy(details[0] as Buffer);
    else if (event === 'pong') this.pongedBy(details[0] as Buffer);
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

  /** `ws` pauses the raw socket as well, while it inflates, and goes on with `resume`. */
  takeApart(): void {
    if (this.isTakingApart) return;
    this.isTakingApart = true;
    while (this.unread !== undefined && !this.isHeld && !this.raw.isPaused()) this.takePiece(this.unread);
    this.isTakingApart = false;
  }

  private takePiece(unread: Buffer): void {
    const isLast = unread.length <= PIECE_BYTES;
    const piece = isLast ? unread : unread.subarray(0, PIECE_BYTES);
    this.unread = isLast ? undefined : unread.subarray(PIECE_BYTES);
    this.connection.arrivals.takeApart(piece.length);
    emitOf.call(this.raw, 'data', piece);
  }

  private take(text: Buffer, isBinary: boolean): void {
    if (isBinary) this.connection.close(CLOSE_CODES.UNSUPPORTED_DATA, 'text frames only');
    // A copy: the bytes are part of a larger buffer, which would stay in memory.
    else this.connection.receive(text.toString(), text.length);
  }

  private pongedBy(payload: Buffer): void {
    this.connection.lastPong = wakingNow();
    this.connection.arrivals.controlled(payload.length);
  }

  /** Answers a ping, or the newest of many (RFC 6455, 5.5.3): a client that reads no pongs has one waiting. */
  private pingedBy(payload: Buffer): void {
    this.connection.arrivals.controlled(payload.length);
    // A copy: the bytes are part of a larger buffer.
    const pong = pongFrame(payload);
    if (this.isPonging) this.newestPing = pong;
    else this.sendPong(pong);
  }

  private sendPong(pong: Buffer): void {
    if (!this.isOpen) return;
    this.isPonging = true;
    this.noteWritten(pong);
    this.raw.write(pong, () => {
      this.isPonging = false;
      const newest = this.newestPing;
      this.newestPing = undefined;
      if (newest !== undefined) this.sendPong(newest);
    });
  }

  private ended(code: number): void {
    openConnections.dec();
    countClosed(this.closedWith ?? code);
    this.unread = undefined;
    this.newestPing = undefined;
    this.whenClosed(this.connection);
    this.connection.gone();
  }
}

const { emit: emitOf } = EventEmitter.prototype;

/**
 * What the raw socket reads goes to its client first, which hands it to `ws` piece by piece. That `ws` listens, and when it stops
 * to, remains its own matter.
 */
function emitToClient(this: ClientStream, event: string | symbol, ...details: unknown[]): boolean {
  const client = this[CLIENT]!;
  if (event === 'data') {
    client.arrive(details[0] as Buffer);
    return true;
  }
  // It was paused while `ws` inflated.
  if (event === 'resume') client.takeApart();
  return emitOf.call(this, event, ...details);
}
