import { once } from 'node:events';
import { WebSocket } from 'ws';

/** A frame as it came: nothing about it is believed before a check has looked at it. */
export interface Frame {
  type: string;
  id?: string | number;
  // biome-ignore lint/suspicious/noExplicitAny: checks look into payloads of every kind, and fail where one is absent
  [payload: string]: any;
}

/** An account that a check has made. `accessKey` is the one of the session that `authorized` told last. */
export interface Account {
  readonly username: string;
  readonly password: string;
  readonly userUUID: string;
  readonly accessKey: string;
}

type Wanted = (frame: Frame) => boolean;

interface Waiter {
  readonly wanted: Wanted;
  readonly resolve: (frame: Frame) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

export interface PeerOptions {
  /** Longest wait for any frame, in milliseconds. */
  readonly timeoutMs: number;
  /** The address to connect from; by default the system chooses. */
  readonly localAddress?: string | undefined;
  /** Whether WebSocket pings are answered, as every client must. */
  readonly autoPong?: boolean;
}

/** One WebSocket connection of the suite. It keeps every frame, so that a check may ask for one that came earlier. */
export class Peer {
  readonly frames: Frame[] = [];
  /** The same frames as they came, for what a parser would hide. */
  readonly texts: string[] = [];
  /** Every `id` that this connection has sent: no other may come back. */
  readonly sentIds = new Set<unknown>();
  /** The code with which the connection ended. */
  readonly closed: Promise<number>;
  /** From `ready`. */
  sessionUUID = '';
  private readonly taken = new Set<Frame>();
  private readonly waiters = new Set<Waiter>();
  private nextId = 1;

  private constructor(
    readonly socket: WebSocket,
    private readonly options: PeerOptions,
  ) {
    this.closed = new Promise((resolve) => {
      socket.once('close', (code) => {
        resolve(code);
        this.giveUp(`the connection was closed with ${code}`);
      });
    });
    socket.on('error', (error) => this.giveUp(error.message));
    socket.on('message', (bytes) => this.receive(bytes.toString()));
  }

  /** Connects and waits for `ready`. */
  static async connect(url: string, options: PeerOptions): Promise<Peer> {
    const { timeoutMs, localAddress, autoPong = true } = options;
    const family = localAddress === undefined ? {} : { localAddress, family: 4 };
    const socket = new WebSocket(url, { handshakeTimeout: timeoutMs, autoPong, ...family });
    const peer = new Peer(socket, options);
    await once(socket, 'open');
    peer.sessionUUID = (await peer.next('ready')).ready?.sessionUUID;
    return peer;
  }

  /** Sends a frame as JSON; a string is sent as it is. */
  send(frame: Frame | string): void {
    if (typeof frame !== 'string' && frame.id !== undefined) this.sentIds.add(frame.id);
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  /** Sends a frame with an `id` (its own or a new one) and resolves with its direct answer, an error too. */
  ask(frame: Frame): Promise<Frame> {
    const id = frame.id ?? `ask-${this.nextId++}`;
    const answer = this.next((candidate) => candidate.id === id, `the answer to ${frame.type}`);
    this.send({ ...frame, id });
    return answer;
  }

  /** Resolves when everything that the server had sent to this connection before has come. */
  async fence(): Promise<void> {
    await this.ask({ type: 'ping' });
  }

  /**
   * The first frame of that type (or for which the predicate holds) that no earlier call has returned,
   * come already or yet to come. Rejects when it does not come in time or the connection ends before.
   */
  next(wanted: string | Wanted, what = typeof wanted === 'string' ? wanted : 'a frame'): Promise<Frame> {
    const matches = typeof wanted === 'string' ? (frame: Frame) => frame.type === wanted : wanted;
    const here = this.frames.find((frame) => !this.taken.has(frame) && matches(frame));
    if (here) {
      this.taken.add(here);
      return Promise.resolve(here);
    }
    if (this.socket.readyState > WebSocket.OPEN) return Promise.reject(this.missing(what, 'it is closed'));
    return new Promise((resolve, reject) => {
      const { timeoutMs } = this.options;
      const late = () => this.drop(waiter, this.missing(what, `${timeoutMs} ms have passed`));
      const fail = (error: Error) => reject(this.missing(what, error.message));
      const waiter = { wanted: matches, resolve, reject: fail, timer: setTimeout(late, timeoutMs) };
      this.waiters.add(waiter);
    });
  }

  /** How many frames have come for which the predicate holds. */
  count(wanted: Wanted): number {
    return this.frames.filter(wanted).length;
  }

  /** The code with which the server ends the connection; rejects when it does not in time. */
  async closeCode(): Promise<number> {
    const { timeoutMs } = this.options;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`it stays open for ${timeoutMs} ms`)), timeoutMs);
    });
    try {
      return await Promise.race([this.closed, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends the connection in an orderly way. */
  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }

  private receive(text: string): void {
    const frame = parse(text);
    this.frames.push(frame);
    this.texts.push(text);
    for (const waiter of this.waiters) {
      if (!waiter.wanted(frame)) continue;
      this.taken.add(frame);
      clearTimeout(waiter.timer);
      this.waiters.delete(waiter);
      waiter.resolve(frame);
      return;
    }
  }

  private giveUp(reason: string): void {
    for (const waiter of this.waiters) this.drop(waiter, new Error(reason));
  }

  private drop(waiter: Waiter, error: Error): void {
    clearTimeout(waiter.timer);
    this.waiters.delete(waiter);
    waiter.reject(error);
  }

  private missing(what: string, reason: string): Error {
    const last = this.texts.slice(-3).map((text) => text.slice(0, 300));
    return new Error(`${what} did not come (${reason}); the last frames: ${last.join(' ') || 'none'}`);
  }
}

/** A frame that is no JSON object is kept as one of a type that nothing waits for. */
function parse(text: string): Frame {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Frame;
  } catch {
    // Reported with all other broken frames when the check ends.
  }
  return { type: 'unreadable', text };
}
