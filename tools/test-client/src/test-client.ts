import { once } from 'node:events';
import { type ClientOptions, WebSocket } from 'ws';

/** A frame as it arrived. Nothing about it has been checked. */
export interface AnyFrame {
  type: string;
  id?: string | number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into payloads of every kind, and fail where one is absent
  [payload: string]: any;
}

type Wanted = string | ((frame: AnyFrame) => boolean);

interface Waiter {
  wanted: (frame: AnyFrame) => boolean;
  resolve: (frame: AnyFrame) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout;
}

/** The options of `ws`, and: */
export interface TestClientOptions extends ClientOptions {
  /** Longest wait for any frame, in ms. Default 5,000. */
  readonly timeoutMs?: number;
  /** Parses each text received. Default `JSON.parse`. */
  readonly read?: (text: string) => AnyFrame;
}

/** A gateway passes on what is published in Redis without reading it. Where that is nonsense, so is the frame. */
export function readNonsense(text: string): AnyFrame {
  try {
    return JSON.parse(text) ?? { type: 'nonsense' };
  } catch {
    return { type: 'nonsense' };
  }
}

/** A WebSocket client that keeps every frame, so that a test may ask for one that has already arrived. */
export class TestClient {
  /** Every frame received, in order. */
  readonly frames: AnyFrame[] = [];
  /** Every text that this client has sent, in order. */
  readonly sent: string[] = [];
  /** Every `id` that this client has sent. */
  readonly sentIds = new Set<unknown>();
  /** Settles when the connection has ended. */
  readonly closed: Promise<{ code: number; reason: string }>;
  private readonly taken = new Set<AnyFrame>();
  private readonly waiters = new Set<Waiter>();
  private nextId = 1;

  private constructor(
    readonly socket: WebSocket,
    private readonly timeoutMs: number,
    read: (text: string) => AnyFrame,
  ) {
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => {
        resolve({ code, reason: reason.toString() });
        this.giveUp(`the connection was closed with ${code}`);
      });
    });
    socket.on('error', (error) => this.giveUp(error.message));
    socket.on('message', (text) => this.receive(read(text.toString())));
  }

  /** Resolves when the connection is open, perhaps before the server's first frame. Rejects when it cannot be opened. */
  static async connect(
    url: string,
    { timeoutMs = 5_000, read = JSON.parse, ...options }: TestClientOptions = {},
  ): Promise<TestClient> {
    const client = new TestClient(new WebSocket(url, options), timeoutMs, read);
    await once(client.socket, 'open');
    return client;
  }

  /** Sends a frame. A string or bytes are sent as they are. */
  send(frame: AnyFrame | string | Buffer): void {
    if (Buffer.isBuffer(frame)) return void this.socket.send(frame);
    if (typeof frame !== 'string' && frame.id !== undefined) this.sentIds.add(frame.id);
    const text = typeof frame === 'string' ? frame : JSON.stringify(frame);
    this.sent.push(text);
    this.socket.send(text);
  }

  /** Sends a frame with an `id` (its own or a new one) and resolves with the frame that answers it, even an error. */
  async ask(frame: AnyFrame, timeoutMs?: number): Promise<AnyFrame> {
    const id = frame.id ?? `ask-${this.nextId++}`;
    const answer = this.next((candidate) => candidate.id === id, timeoutMs);
    this.send({ ...frame, id });
    return answer;
  }

  /**
   * The first frame of that type (or that the predicate accepts) that no earlier call has returned. It may have
   * arrived already or be still to come. Rejects after `timeoutMs`, or when the connection ends first.
   */
  next(wanted: Wanted, timeoutMs = this.timeoutMs): Promise<AnyFrame> {
    const matches = typeof wanted === 'string' ? (frame: AnyFrame) => frame.type === wanted : wanted;
    const here = this.frames.find((frame) => !this.taken.has(frame) && matches(frame));
    if (here) {
      this.taken.add(here);
      return Promise.resolve(here);
    }
    if (this.socket.readyState !== WebSocket.OPEN)
      return Promise.reject(this.failure('the connection is closed'));
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { wanted: matches, resolve, reject, timer: setTimeout(() => late(), timeoutMs) };
      const late = () => {
        this.waiters.delete(waiter);
        const what = typeof wanted === 'string' ? ` (${wanted})` : '';
        reject(this.failure(`no such frame${what} came in ${timeoutMs} ms`));
      };
      this.waiters.add(waiter);
    });
  }

  /** Resolves when the connection has ended. */
  async close(code?: number): Promise<void> {
    this.socket.close(code);
    await this.closed;
  }

  /** Ends the connection without a closing handshake, as a lost network would. */
  async drop(): Promise<void> {
    this.socket.terminate();
    await this.closed;
  }

  private receive(frame: AnyFrame): void {
    this.frames.push(frame);
    for (const waiter of this.waiters) {
      if (!waiter.wanted(frame)) continue;
      this.taken.add(frame);
      this.settle(waiter);
      waiter.resolve(frame);
      return;
    }
  }

  private giveUp(reason: string): void {
    for (const waiter of this.waiters) {
      this.settle(waiter);
      waiter.reject(this.failure(reason));
    }
  }

  private settle(waiter: Waiter): void {
    clearTimeout(waiter.timer);
    this.waiters.delete(waiter);
  }

  private failure(reason: string): Error {
    const last = this.frames.slice(-5).map((frame) => JSON.stringify(frame).slice(0, 300));
    return new Error(`${reason}; ${this.frames.length} frames came, the last: ${last.join(' ') || 'none'}`);
  }
}
