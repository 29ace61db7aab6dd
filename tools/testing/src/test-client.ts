import { once } from 'node:events';
import { WebSocket } from 'ws';

/** A frame as it came: not yet believed to be any particular one. */
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

/** A WebSocket client that keeps every frame, so that a test may ask for one that came before it asked. */
export class TestClient {
  /** Every frame received, in order. */
  readonly frames: AnyFrame[] = [];
  /** Settles when the connection has ended. */
  readonly closed: Promise<{ code: number; reason: string }>;
  private readonly taken = new Set<AnyFrame>();
  private readonly waiters = new Set<Waiter>();
  private nextId = 1;

  private constructor(readonly socket: WebSocket) {
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => {
        resolve({ code, reason: reason.toString() });
        this.giveUp(`the connection was closed with ${code}`);
      });
    });
    socket.on('error', (error) => this.giveUp(error.message));
    socket.on('message', (text) => this.receive(JSON.parse(text.toString()) as AnyFrame));
  }

  /** Resolves when the connection is open; the server's first frame may come later. */
  static async connect(url: string, headers: Record<string, string> = {}): Promise<TestClient> {
    const client = new TestClient(new WebSocket(url, { headers }));
    await once(client.socket, 'open');
    return client;
  }

  /** Sends a frame; a string or bytes are sent as they are. */
  send(frame: AnyFrame | string | Buffer): void {
    const raw = typeof frame === 'string' || Buffer.isBuffer(frame);
    this.socket.send(raw ? frame : JSON.stringify(frame));
  }

  /** Sends a frame with an `id` of its own and resolves with the frame that answers it, an error frame too. */
  async ask(frame: AnyFrame, timeoutMs?: number): Promise<AnyFrame> {
    const id = frame.id ?? `ask-${this.nextId++}`;
    const answer = this.next((candidate) => candidate.id === id, timeoutMs);
    this.send({ ...frame, id });
    return answer;
  }

  /**
   * The first frame of that type (or for which the predicate holds) that no earlier call has returned, come already or
   * yet to come. Rejects after `timeoutMs`, and when the connection ends before.
   */
  next(wanted: Wanted, timeoutMs = 5_000): Promise<AnyFrame> {
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
        reject(this.failure(`no such frame (${wanted}) came in ${timeoutMs} ms`));
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
    const last = this.frames.slice(-5).map((frame) => JSON.stringify(frame).slice(0, 200));
    return new Error(`${reason}; ${this.frames.length} frames came, the last: ${last.join(' ') || 'none'}`);
  }
}
