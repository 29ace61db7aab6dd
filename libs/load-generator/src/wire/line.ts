import { createHash, randomBytes } from 'node:crypto';
import { connect, type OnReadOpts, type Socket } from 'node:net';
import { Account } from '../measuring/account.js';
import type { Seat } from '../seating.js';
import { Follower, type Reader, type Scanner } from './follower.js';
import type { Found } from './found.js';
import { clientFrame, OPCODES } from './frames.js';
import type { Tape } from './tape.js';

/** The most that one read takes. What a server writes under load in one turn of its event loop fits in. */
const READ_BYTES = 256 * 1024;
const HANDSHAKE_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
/** How long the upgrade, and each awaited frame, may take. */
export const PATIENCE_MS = 30_000;

/** What a connection asks of its dialect. */
export interface LineDialect {
  /** Path and query of the upgrade; those of the URL by default. */
  path?(url: URL): string;
  /** Gets a personal frame that nobody waits for: an ack (`line.acknowledged`), an error (`line.refused`), a ping. */
  receive?(line: Line, payload: string): void;
}

/** What all lines of a thread share and report to. */
export interface Exchange {
  readonly dialect: LineDialect;
  readonly scanner: Scanner;
  /** One buffer for the reads of all sockets: each read is processed before the next one. */
  readonly readBuffer: Buffer;
  /** Frames `from` to `to` of the tape came on this line. */
  onTape(line: Line, tape: Tape, from: number, to: number): void;
  onDelivery(line: Line, found: Found): void;
  /** `stream` and `seq`: the message's position, when the server says it. */
  onAcknowledged(line: Line, sender: number, number: number, stream?: number, seq?: number): void;
  onRefused(line: Line, reason: string): void;
  /** The server took this message of a sender not now, and may take it in `afterMs`. */
  onDeferred(line: Line, sender: number, number: number, reason: string, afterMs: number | undefined): void;
  /** The line is in this epoch of a stream, which goes on after `from` where that is known. */
  onEpoch(line: Line, stream: number, epoch: string, from: number | undefined): void;
  /** The connection ended without `end` or `cut` having been called. */
  onLost(line: Line, reason: string): void;
}

export const newReadBuffer = (): Buffer => Buffer.allocUnsafeSlow(READ_BYTES);

interface Waiter {
  test(payload: string): unknown;
  settle(value: unknown): void;
  fail(error: Error): void;
}

/** One WebSocket connection on a bare TCP socket: no stream, no buffer and no event emitter beyond `net.Socket`'s own. */
export class Line implements Reader {
  private socket: Socket | undefined;
  private follower: Follower | undefined;
  private opening: { head: string; accept: string; open(): void; fail(error: Error): void } | undefined;
  private waiters: Waiter[] | undefined;
  private leaving = false;
  /** Whether anything has come since the last {@link tookSilence}. */
  private heard = true;
  /** The epoch in which the line counts. A fail-over reaches the lines at different moments. */
  epoch: string | undefined;

  constructor(
    private readonly exchange: Exchange,
    readonly url: URL,
    readonly seat: Seat,
    /** What has come of the seat's streams. */
    readonly account: Account,
  ) {}

  get isOpen(): boolean {
    return this.follower !== undefined;
  }

  /** Connects and upgrades; rejects when the server refuses. A line that has ended may be opened again. */
  open(): Promise<void> {
    const { url, exchange } = this;
    if (url.protocol !== 'ws:') return Promise.reject(new Error(`${url.href}: only ws:// can be loaded`));
    const key = randomBytes(16).toString('base64');
    const accept = createHash('sha1')
      .update(key + HANDSHAKE_GUID)
      .digest('base64');
    const path = exchange.dialect.path?.(url) ?? `${url.pathname}${url.search}`;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.fall('the upgrade took too long'), PATIENCE_MS);
      const done = (settle: () => void) => {
        clearTimeout(timer);
        this.opening = undefined;
        settle();
      };
      const fail = (error: Error) => done(() => reject(error));
      this.opening = { head: '', accept, open: () => done(resolve), fail };
      this.leaving = false;
      const socket = this.dial();
      this.socket = socket;
      socket.write(
        `GET ${path} HTTP/1.1\r\nHost: ${url.host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
      );
    });
  }

  private dial(): Socket {
    const { hostname, port } = this.url;
    const onread: OnReadOpts = {
      buffer: this.exchange.readBuffer,
      callback: (bytes) => {
        this.take(bytes);
        return true;
      },
    };
    const socket = connect({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port || 80),
      noDelay: true,
      onread,
    });
    socket.on('error', (error) => this.ended(socket, error.message));
    socket.on('close', () => this.ended(socket, 'cut without a close frame'));
    return socket;
  }

  /** Sends one text frame; nothing happens on a line that is not open. */
  send(payload: string): void {
    if (this.isOpen) this.socket!.write(clientFrame(OPCODES.text, payload));
  }

  /**
   * Resolves with the first result of `test` that is not undefined, for a personal frame from now on. The test runs at once when
   * the frame is read, before any later frame. Rejects when the test throws, the line ends, or nothing comes in time.
   */
  expect<T>(test: (payload: string) => T | undefined, what: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.dismiss(waiter).fail(new Error(`no ${what} in time`)), PATIENCE_MS);
      const waiter: Waiter = {
        test,
        settle: (value) => {
          clearTimeout(timer);
          resolve(value as T);
        },
        fail: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      this.waiters ??= [];
      this.waiters.push(waiter);
    });
  }

  private dismiss(waiter: Waiter): Waiter {
    this.waiters = this.waiters?.filter((each) => each !== waiter);
    if (this.waiters?.length === 0) this.waiters = undefined;
    return waiter;
  }

  /** Messages of this stream are due to this line from `after + 1` on. */
  begins(stream: number, after: number): void {
    this.account.begin(stream, after);
  }

  /** The server's log of this stream is in this epoch now. */
  enters(stream: number, epoch: string): void {
    this.epoch = epoch;
    this.exchange.onEpoch(this, stream, epoch, undefined);
  }

  /** The log of this stream goes on after `from`. A line that has more than that reloads. */
  goesOn(stream: number, epoch: string, from: number): void {
    this.account.rewind(stream, from);
    this.epoch = epoch;
    this.exchange.onEpoch(this, stream, epoch, from);
  }

  /** The server could not continue where this line was: it continues after `after`. */
  reloads(stream: number, epoch: string, after: number): void {
    this.account.reload(stream, after);
    this.enters(stream, epoch);
  }

  /** The server has acknowledged this message of a sender, with its position when the server says it. */
  acknowledged(sender: number, number: number, stream?: number, seq?: number): void {
    this.exchange.onAcknowledged(this, sender, number, stream, seq);
  }

  /** The server has refused something. */
  refused(reason: string): void {
    this.exchange.onRefused(this, reason);
  }

  /** The server has refused a message that it may take in `afterMs`. */
  deferred(sender: number, number: number, reason: string, afterMs?: number): void {
    this.exchange.onDeferred(this, sender, number, reason, afterMs);
  }

  /** Whether nothing has come since the last call. */
  tookSilence(): boolean {
    const silent = this.isOpen && !this.heard;
    this.heard = false;
    return silent;
  }

  /** Closes with a close frame. */
  end(): void {
    this.leaving = true;
    if (this.isOpen) this.socket!.end(clientFrame(OPCODES.close, Buffer.from([0x03, 0xe8])));
    else this.socket?.destroy();
    this.follower = undefined;
  }

  /** Cuts the connection as a lost network does. */
  cut(): void {
    this.leaving = true;
    this.follower = undefined;
    this.socket?.resetAndDestroy();
  }

  private take(bytes: number): void {
    const { readBuffer } = this.exchange;
    this.heard = true;
    if (this.follower !== undefined) this.follower.read(readBuffer, 0, bytes);
    else if (this.opening !== undefined) this.takeHead(readBuffer, bytes);
  }

  private takeHead(buffer: Buffer, bytes: number): void {
    const opening = this.opening!;
    const before = opening.head.length;
    opening.head += buffer.toString('latin1', 0, bytes);
    const end = opening.head.indexOf('\r\n\r\n');
    if (end < 0) return;
    const [status = ''] = opening.head.split('\r\n', 1);
    if (!/^HTTP\/1\.1 101 /.test(status)) return void this.fall(`the upgrade was answered with ${status}`);
    if (!opening.head.includes(opening.accept))
      return void this.fall('the upgrade was answered with a wrong key');
    this.follower = new Follower(this.exchange.scanner, this);
    opening.open();
    this.follower.read(buffer, end + 4 - before, bytes);
  }

  /** Gives up the connection, as if the other side had ended it. */
  fall(reason: string): void {
    const { socket } = this;
    if (socket === undefined) return;
    this.ended(socket, reason);
    socket.destroy();
  }

  private ended(socket: Socket, reason: string): void {
    if (socket !== this.socket) return;
    this.socket = undefined;
    const wasOpen = this.isOpen;
    this.follower = undefined;
    const error = new Error(`${this.url.host}: ${reason}`);
    this.opening?.fail(error);
    for (const waiter of this.waiters ?? []) waiter.fail(error);
    this.waiters = undefined;
    if (wasOpen && !this.leaving) this.exchange.onLost(this, reason);
  }

  onTape(tape: Tape, from: number, to: number): void {
    this.exchange.onTape(this, tape, from, to);
  }

  onDelivery(found: Found): void {
    this.exchange.onDelivery(this, found);
  }

  onPersonal(payload: string): void {
    for (const waiter of this.waiters ?? []) {
      try {
        const value = waiter.test(payload);
        if (value === undefined) continue;
        this.dismiss(waiter).settle(value);
      } catch (error) {
        this.dismiss(waiter).fail(error as Error);
      }
      return;
    }
    this.exchange.dialect.receive?.(this, payload);
  }

  onControl(opcode: number, payload: Buffer): void {
    if (opcode === OPCODES.ping && this.isOpen) this.socket!.write(clientFrame(OPCODES.pong, payload));
    if (opcode !== OPCODES.close) return;
    const code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
    this.fall(`closed with ${code} ${payload.toString('utf8', 2)}`.trim());
  }

  onIllegal(reason: string): void {
    this.fall(reason);
  }
}
