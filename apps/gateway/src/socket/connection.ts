import { randomUUID } from 'node:crypto';
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
import { TokenBucket, type TokenRate } from '../pacing/token-bucket.js';
import { FrameQueue, type FrameQueueOwner, type Task } from './frame-queue.js';
import type { Link } from './link.js';
import { passAnswers } from './pass-answers.js';
import type { SharedFrames } from './shared-frames.js';
import { textFrame } from './text-frame.js';

/** Who is signed in on a connection, and by which session. */
export interface Session extends SessionRef {
  readonly user: Identity;
}

/** A connection's place in a log, as far as the connection knows it. */
export interface Settling {
  /** Writes the frames that are due. */
  settle(): void;
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
  /** The types that gateway classes handle, in the order in which Nest binds them, the same for each connection. */
  readonly types: string[];
  /** How fast the client may send; undefined: as fast as it is answered. */
  readonly frameRate?: TokenRate | undefined;
}

/** A handler of a gateway class, bound to one connection. */
type Handler = WsMessageHandler['callback'];

/** Errors that count towards the end of a connection whose client sends nothing but rubbish. */
const INVALID_FRAME: ReadonlySet<ErrorName> = new Set(['BAD_JSON', 'UNKNOWN_TYPE', 'INVALID_FIELD']);

/**
 * One socket's state machine: who is signed in, what is joined, and a queue of frames that are taken strictly
 * in order, each when the one before has been answered. It is what Nest's handlers get as the client. Somewhat
 * longer than most files, because the states of one socket are read together.
 */
export class Connection implements FrameQueueOwner {
  /** The session UUID that `ready` tells: names this connection to others. */
  readonly id = randomUUID();
  /** When the client last showed to be alive, by `performance.now()`. */
  lastPong = performance.now();
  private ownSession: Session | undefined;
  private joinedChannel: ChannelRef | undefined;
  private settling: readonly Settling[] = [];
  private readonly queue: FrameQueue;
  private readonly bucket: TokenBucket | undefined;
  /** In the order of `options.types`. */
  private handlers: readonly Handler[] = [];
  private afterwards: Task[] | undefined;
  private current: Decoded | undefined;
  private ended = false;
  private draining = false;
  /** The frame in hand is sure to be answered, and soon. */
  private isAnswerComing = false;
  private failed: ErrorName | undefined;
  private invalidInARow = 0;
  private requests = 0;
  private onEnd: Task | undefined;

  constructor(
    private readonly link: Link,
    /** The client's address, for throttling. */
    readonly address: string,
    private readonly options: ConnectionOptions,
  ) {
    this.queue = new FrameQueue(this, options.maxQueuedFrames);
    if (options.frameRate !== undefined) this.bucket = new TokenBucket(options.frameRate);
  }

  /** Whether anything can still be sent. */
  get isOpen(): boolean {
    return !this.ended && this.link.isOpen;
  }

  /** Bytes that the client has not taken yet. */
  get bufferedBytes(): number {
    return this.link.bufferedBytes;
  }

  /** Whether the socket is not being read, so that a pong could not be seen. */
  get isPaused(): boolean {
    return this.queue.isPaused;
  }

  /** Who is signed in, if anybody is. */
  get session(): Session | undefined {
    return this.ownSession;
  }

  /** The channel that is joined, if any. */
  get joined(): ChannelRef | undefined {
    return this.joinedChannel;
  }

  /** Its places in the logs whose frames it gets. */
  get memberships(): readonly Settling[] {
    return this.settling;
  }

  /**
   * Who is signed in.
   * @throws AppError NOT_SIGNED_IN when nobody is.
   */
  signedIn(): Session {
    if (this.ownSession === undefined) throw new AppError('NOT_SIGNED_IN');
    return this.ownSession;
  }

  /** From now on this session is signed in, in place of any other. */
  signIn(session: Session): void {
    this.ownSession = session;
  }

  /** From now on nobody is signed in. */
  signOut(): void {
    this.ownSession = undefined;
  }

  /** From now on this channel is joined, in place of any other. */
  joinChannel(channel: ChannelRef): void {
    this.joinedChannel = channel;
  }

  /** From now on no channel is joined. */
  leaveChannel(): void {
    this.joinedChannel = undefined;
  }

  /** From now on what is due of this log goes out before anything else. */
  addMembership(membership: Settling): void {
    // Of the exact length: pushed to, an array takes room for seventeen.
    this.settling = [...this.settling, membership];
  }

  removeMembership(membership: Settling): void {
    this.settling = this.settling.filter((other) => other !== membership);
  }

  /** A name for the next request that changes something: sent again under it, it is done once. */
  nextKey(): string {
    this.requests += 1;
    return `${this.id}:${this.requests}`;
  }

  /** Takes Nest's handlers of one gateway class. Nothing else of what it makes for each connection is kept. */
  bind(handlers: readonly WsMessageHandler[]): void {
    const { types } = this.options;
    for (const [n, { message }] of handlers.entries()) types[this.handlers.length + n] ??= String(message);
    this.handlers = [...this.handlers, ...handlers.map(({ callback }) => callback)];
  }

  /**
   * Has the handler of `type` answer: resolves when it has passed on its last answer. Undefined where no gateway class
   * handles the type.
   */
  handle(type: string, request: unknown, pass: (answer: unknown) => void): Promise<void> | undefined {
    // A few dozen types: a scan costs less than a map per connection.
    const handler = this.handlers[this.options.types.indexOf(type)];
    return handler === undefined ? undefined : passAnswers(handler(request, type), pass);
  }

  /** Registers what is called once, when the connection has ended and its last frame is done. */
  whenEnded(callback: Task): void {
    // Every gateway class of a server asks for the same notice: Nest tells them all by one of them.
    this.onEnd ??= callback;
  }

  /** Takes one text frame of the client into the queue. */
  receive(text: string): void {
    if (!this.ended && !this.draining) this.queue.pushFrame(text);
  }

  /** Runs a task when the frame in hand is done, before the frames that wait. */
  enqueue(task: Task): void {
    this.queue.insertTask(task);
  }

  answerFrame(text: string): Promise<void> {
    return this.options.route(this, text);
  }

  fault(error: unknown): void {
    this.options.fault(error);
  }

  pause(): void {
    this.link.pause();
  }

  resume(): void {
    // No pong could be seen meanwhile.
    this.lastPong = performance.now();
    this.link.resume();
  }

  /**
   * Counts a frame against the client's rate.
   * @throws AppError RATE_LIMITED when there are too many; the frame is not to be handled.
   */
  countFrame(): void {
    const retryAfterMs = this.bucket?.takeOne() ?? 0;
    if (retryAfterMs > 0) throw new AppError('RATE_LIMITED', { retryAfterMs });
  }

  /** Marks the frame that is being answered. */
  begin(decoded: Decoded): void {
    this.current = decoded;
  }

  /** Ends the answering of the current frame, whatever came of it. */
  async finish(): Promise<void> {
    this.current = undefined;
    this.isAnswerComing = false;
    if (this.failed === undefined) this.invalidInARow = 0;
    this.failed = undefined;
    for (let task = this.afterwards?.shift(); task !== undefined; task = this.afterwards?.shift()) {
      try {
        await task();
      } catch (error) {
        this.fault(error);
      }
    }
    this.afterwards = undefined;
  }

  /** Runs a task when the current frame has been answered, before the next one is taken. */
  afterAnswer(task: Task): void {
    this.afterwards ??= [];
    this.afterwards.push(task);
  }

  /** The current frame is sure to be answered, and soon: what logs bring before leaves in the same write. */
  expectAnswer(): void {
    this.isAnswerComing = true;
  }

  /** Answers the current frame: the answer carries its `id`. */
  answer(frame: object): void {
    const id = requestIdOf(this.current?.raw ?? null);
    this.tell(id === undefined ? frame : { ...frame, id });
  }

  /** Answers the current frame with an error; too many invalid ones in a row end the connection with 1008. */
  fail(error: AppError): void {
    const raw = this.current?.raw ?? null;
    this.tell(errorFrame(error, raw, requestIdOf(raw)));
    this.failed = error.name;
    this.invalidInARow = INVALID_FRAME.has(error.name) ? this.invalidInARow + 1 : 0;
    if (this.invalidInARow >= LIMITS.invalidFramesInARow) this.close(CLOSE_CODES.POLICY_VIOLATION);
  }

  /** The error that the current frame was answered with. */
  get failure(): ErrorName | undefined {
    return this.failed;
  }

  /** Called by Nest's own exception filter, in gateway classes that have none: its texts are not for clients. */
  emit(_event: string, payload: { message?: unknown }): void {
    this.fail(new AppError(payload.message === 'Forbidden resource' ? 'FORBIDDEN' : 'INTERNAL'));
  }

  /** Sends a frame that answers nothing. */
  tell(frame: object): void {
    if (this.isOpen) this.write(textFrame(Buffer.from(JSON.stringify(frame))));
  }

  /** Writes the bytes of a frame, behind what is due of the logs. */
  write(frame: Buffer): void {
    this.settle();
    if (this.canWrite()) this.link.writeInTurn(frame);
  }

  /** Writes frames of one log that many connections share, from the one with that index on. */
  writeShared(due: SharedFrames, first: number): void {
    if (!this.canWrite()) return;
    const frames = (this.link.takesDeflated ? due.deflated() : due).from(first);
    if (this.isAnswerComing) this.link.writeWithAnswer(frames);
    // Of other logs something may be due as well.
    else if (this.settling.length > 1) this.link.writeInTurn(frames);
    else this.link.write(frames);
  }

  ping(): void {
    if (this.isOpen) this.link.ping();
  }

  /** Ends the connection: frames that wait are dropped, the one in hand is finished unseen. */
  close(code: number, reason?: string): void {
    this.settle();
    this.shut(code, reason);
  }

  /** Resolves when the client has taken everything, or the socket has ended. */
  drained(): Promise<void> {
    return this.link.drained();
  }

  /** The client takes too little: nothing more is kept for it. */
  tooSlow(): void {
    this.shut(CLOSE_CODES.TOO_SLOW, 'too slow');
  }

  /** Takes nothing more, finishes the frame in hand, then tells the client to go elsewhere. */
  drain(): void {
    this.draining = true;
    this.queue.dropFrames();
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
    this.queue.pushTask(() => this.onEnd?.());
  }

  private settle(): void {
    for (const membership of this.settling) membership.settle();
  }

  private shut(code: number, reason: string | undefined): void {
    if (this.ended) return;
    this.link.resume();
    this.link.close(code, reason);
    this.queue.dropFrames();
    this.end();
  }

  private canWrite(): boolean {
    if (!this.isOpen) return false;
    // What is already waiting counts, not the frame itself: a single long answer is no sign of a slow client.
    if (this.link.bufferedBytes <= this.options.maxBufferedBytes) return true;
    this.tooSlow();
    return false;
  }
}
