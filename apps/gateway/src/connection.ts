import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { WsMessageHandler } from '@nestjs/common';
import type { ChannelRef, Identity, SessionRef } from '@parley/contracts';
import {
  AppError,
  CLOSE_CODES,
  type Decoded,
  type ErrorName,
  errorFrame,
  LIMITS,
  requestIdOf,
} from '@parley/protocol';
import type { Observable } from 'rxjs';
import type { Membership } from './membership.js';

/** What a connection needs of its WebSocket. */
export interface Link {
  /** Neither side has begun to close it. */
  readonly isOpen: boolean;
  /** Bytes that the client has not taken yet. */
  readonly bufferedBytes: number;
  send(text: string): void;
  /** Writes bytes that are a finished WebSocket frame. */
  writeFrame(frame: Buffer): void;
  ping(): void;
  pause(): void;
  resume(): void;
  close(code: number, reason?: string): void;
  terminate(): void;
}

/** Who is signed in on a connection, and by which session. */
export interface Session extends SessionRef {
  readonly user: Identity;
}

/** The channel that a connection has joined. */
export interface JoinedChannel {
  readonly ref: ChannelRef;
  readonly membership: Membership;
}

/** What all connections of a gateway have in common. */
export interface ConnectionOptions {
  /** Answers one frame; resolves when the next may be taken, and never rejects. */
  readonly route: (connection: Connection, text: string) => Promise<void>;
  /** Told of a failure in a task that nobody waits for. */
  readonly fault: (error: unknown) => void;
  /** Bytes that may wait for a slow client; past it the connection is closed with 4008. */
  readonly maxBufferedBytes: number;
  /** Frames that may wait for their turn; past it the socket is not read. */
  readonly maxQueuedFrames: number;
}

type Task = () => void | Promise<void>;

/** The handlers of one gateway class for one connection, as Nest binds them. */
interface BoundHandlers {
  readonly handlers: readonly WsMessageHandler[];
  readonly transform: (result: unknown) => Observable<unknown>;
}

/** Frames taken before other connections get their turn: pings, say, need no waiting and would keep the loop. */
const FRAMES_PER_TURN = 16;

/** Errors that count towards the end of a connection whose client sends nothing but rubbish. */
const INVALID_FRAME: ReadonlySet<ErrorName> = new Set(['BAD_JSON', 'UNKNOWN_TYPE', 'INVALID_FIELD']);

/**
 * One socket's state machine: who is signed in, what is joined, and a queue of frames that are taken strictly
 * in order, each when the one before has been answered. It is what Nest's handlers get as the client.
 */
export class Connection {
  /** The session UUID that `ready` tells: names this connection to others. */
  readonly id = randomUUID();
  session: Session | undefined;
  joined: JoinedChannel | undefined;
  /** When the client last showed to be alive, by `performance.now()`. */
  lastPong = performance.now();
  private readonly queue: (string | Task)[] = [];
  private readonly bound: BoundHandlers[] = [];
  private afterwards: Task[] = [];
  private current: Decoded | undefined;
  private working = false;
  private paused = false;
  private ended = false;
  private draining = false;
  private invalidInARow = 0;
  private requests = 0;
  private onEnd: Task | undefined;

  constructor(
    private readonly link: Link,
    /** The client's address, for throttling. */
    readonly address: string,
    private readonly options: ConnectionOptions,
  ) {}

  /** Whether anything can still be sent. */
  get isOpen(): boolean {
    return !this.ended && this.link.isOpen;
  }

  /** Whether the socket is not being read, so that a pong could not be seen. */
  get isPaused(): boolean {
    return this.paused;
  }

  /** A name for the next request that changes something, the same in every attempt at it. */
  nextKey(): string {
    this.requests += 1;
    return `${this.id}:${this.requests}`;
  }

  /** Takes Nest's handlers of one gateway class. */
  bind(handlers: readonly WsMessageHandler[], transform: BoundHandlers['transform']): void {
    this.bound.push({ handlers, transform });
  }

  /** What the handler of `type` answers to `request`, or undefined where no gateway class handles the type. */
  handle(type: string, request: unknown): Observable<unknown> | undefined {
    for (const { handlers, transform } of this.bound) {
      // A handful of types per class: a scan costs less than a map per connection.
      const handler = handlers.find(({ message }) => message === type);
      if (handler !== undefined) return transform(handler.callback(request, type));
    }
    return undefined;
  }

  /** Registers what is called once, when the connection has ended and its last frame is done. */
  whenEnded(callback: Task): void {
    // Every gateway class of a server asks for the same notice: Nest tells them all by one of them.
    this.onEnd ??= callback;
  }

  /** Takes one text frame of the client. */
  receive(text: string): void {
    if (this.ended || this.draining) return;
    this.queue.push(text);
    if (!this.paused && this.queue.length >= this.options.maxQueuedFrames) {
      this.paused = true;
      this.link.pause();
    }
    this.work();
  }

  /** Runs a task when the frame in hand is done, before the frames that wait. */
  enqueue(task: Task): void {
    const firstFrame = this.queue.findIndex((item) => typeof item === 'string');
    this.queue.splice(firstFrame < 0 ? this.queue.length : firstFrame, 0, task);
    this.work();
  }

  /** Marks the frame that is being answered. */
  begin(decoded: Decoded): void {
    this.current = decoded;
  }

  /** Ends the answering of a frame that was understood, whatever came of it. */
  async finish(): Promise<void> {
    this.current = undefined;
    for (let task = this.afterwards.shift(); task !== undefined; task = this.afterwards.shift()) {
      try {
        await task();
      } catch (error) {
        this.options.fault(error);
      }
    }
  }

  /** Runs a task when the current frame has been answered, before the next one is taken. */
  afterAnswer(task: Task): void {
    this.afterwards.push(task);
  }

  /** Answers the current frame: the answer carries its `id`. */
  answer(frame: object): void {
    this.invalidInARow = 0;
    const id = requestIdOf(this.current?.raw ?? null);
    this.tell(id === undefined ? frame : { ...frame, id });
  }

  /** Answers the current frame with an error; too many invalid ones in a row end the connection with 1008. */
  fail(error: AppError): void {
    const raw = this.current?.raw ?? null;
    this.tell(errorFrame(error, raw, requestIdOf(raw)));
    this.invalidInARow = INVALID_FRAME.has(error.name) ? this.invalidInARow + 1 : 0;
    if (this.invalidInARow >= LIMITS.invalidFramesInARow) this.close(CLOSE_CODES.POLICY_VIOLATION);
  }

  /** Called by Nest's own exception filter, in gateway classes that have none: its texts are not for clients. */
  emit(_event: string, payload: { message?: unknown }): void {
    this.fail(new AppError(payload.message === 'Forbidden resource' ? 'FORBIDDEN' : 'INTERNAL'));
  }

  /** Sends a frame that answers nothing. */
  tell(frame: object): void {
    if (this.canWrite()) this.link.send(JSON.stringify(frame));
  }

  /** Writes the bytes of a frame that was framed once for many connections. */
  write(frame: Buffer): void {
    if (this.canWrite()) this.link.writeFrame(frame);
  }

  ping(): void {
    if (this.isOpen) this.link.ping();
  }

  /** Ends the connection: frames that wait are dropped, the one in hand is finished unseen. */
  close(code: number, reason?: string): void {
    if (this.ended) return;
    this.link.resume();
    this.link.close(code, reason);
    this.dropFrames();
    this.end();
  }

  /** The client takes too little: nothing more is kept for it. */
  tooSlow(): void {
    this.close(CLOSE_CODES.TOO_SLOW, 'too slow');
  }

  /** Takes nothing more, finishes the frame in hand, then tells the client to go elsewhere. */
  drain(): void {
    this.draining = true;
    this.dropFrames();
    this.enqueue(() => this.close(CLOSE_CODES.DRAINING, 'going away'));
  }

  /** Ends the connection without a closing handshake. */
  terminate(): void {
    this.link.terminate();
  }

  /** Tells that the socket has ended. What was received before is still done, in order. */
  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.queue.push(() => this.onEnd?.());
    this.work();
  }

  private canWrite(): boolean {
    if (!this.isOpen) return false;
    // What is already waiting counts, not the frame itself: a single long answer is no sign of a slow client.
    if (this.link.bufferedBytes <= this.options.maxBufferedBytes) return true;
    this.tooSlow();
    return false;
  }

  private dropFrames(): void {
    const tasks = this.queue.filter((item) => typeof item !== 'string');
    this.queue.splice(0, this.queue.length, ...tasks);
  }

  private work(): void {
    if (this.working) return;
    this.working = true;
    void this.workOff();
  }

  private async workOff(): Promise<void> {
    for (let done = 1; ; done += 1) {
      const item = this.queue.shift();
      if (item === undefined) break;
      this.resumeWhenShort();
      await this.run(item);
      if (done % FRAMES_PER_TURN === 0) await nextTurn();
    }
    this.working = false;
  }

  private async run(item: string | Task): Promise<void> {
    try {
      await (typeof item === 'string' ? this.options.route(this, item) : item());
    } catch (error) {
      this.options.fault(error);
    }
  }

  private resumeWhenShort(): void {
    if (!this.paused || this.queue.length > this.options.maxQueuedFrames / 2) return;
    this.paused = false;
    // No pong could be seen meanwhile.
    this.lastPong = performance.now();
    this.link.resume();
  }
}
