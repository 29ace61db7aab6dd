import { randomUUID } from 'node:crypto';
import type { WsMessageHandler } from '@nestjs/common';
import type { ChannelRef } from '@parley/contracts';
import { AppError, CLOSE_CODES, type Decoded, type ErrorName } from '@parley/protocol';
import { wakingNow } from '../pacing/waking-clock.js';
import type { Admission } from './admission.js';
import { type ArrivalOptions, Arrivals, type Receiver, STOPPED, type WaitingFrame } from './arrivals.js';
import { BoundHandlers } from './bound-handlers.js';
import { CurrentFrame } from './current-frame.js';
import { FrameQueue, type FrameQueueOwner, type Task } from './frame-queue.js';
import type { GatewayClasses } from './gateway-classes.js';
import type { Link } from './link.js';
import { Output, type OutputOwner, type Settling } from './output.js';
import type { SharedFrames } from './shared-frames.js';
import { type Session, Standing, type StandingOwner } from './standing.js';
import { textFrame } from './text-frame.js';

export type { Session } from './standing.js';

/** How long a client that has to go may take to end the connection, in milliseconds, before it is cut. */
const EXPEL_MS = 1_000;

/** What all connections of a gateway have in common. */
export interface ConnectionOptions extends ArrivalOptions {
  /** Answers one frame; resolves when the next may be answered, and never rejects. */
  readonly route: (connection: Connection, text: string) => Promise<void>;
  /** Told of a failure in a task that nobody waits for. */
  readonly fault: (error: unknown) => void;
  /** Bytes that may wait for a slow client, besides those of the last two turns; above that, it is closed with 4008. */
  readonly maxBufferedBytes: number;
  /** Called once, when the connection has ended and its last frame is done. */
  readonly ended: (connection: Connection) => void | Promise<void>;
  /** What answers frames. */
  readonly classes: GatewayClasses<Connection>;
  /** Who else is here. */
  readonly admission: Admission;
}

/**
 * One socket's state machine: who is signed in, what is joined, and a queue of frames that are answered strictly in order.
 * It alone changes its state. Nest's handlers get it as the client. It is longer than most files, because the states of
 * one socket are read together.
 */
export class Connection implements FrameQueueOwner, OutputOwner, Receiver, StandingOwner {
  /** The session UUID in `ready`: others know this connection by it. */
  readonly id = randomUUID();
  /** When the client last showed that it is alive, by {@link wakingNow}. */
  lastPong = wakingNow();
  private joinedChannel: ChannelRef | undefined;
  /** What the client has sent. */
  readonly arrivals: Arrivals;
  private readonly queue: FrameQueue;
  private readonly standing: Standing;
  private readonly bound: BoundHandlers<Connection>;
  private readonly current = new CurrentFrame();
  private readonly output: Output;
  private ended = false;
  private draining = false;
  private refusedForMs = 0;
  private arrivedAt = 0;
  private requests = 0;

  constructor(
    private readonly link: Link,
    /** The client's address, for throttling. */
    readonly address: string,
    private readonly options: ConnectionOptions,
  ) {
    this.arrivals = new Arrivals(this, options);
    this.queue = new FrameQueue(this, this.arrivals);
    this.standing = new Standing(this, options.admission);
    this.bound = new BoundHandlers(this, options.classes);
    this.output = new Output(this, link, this.current, options.maxBufferedBytes);
  }

  /** Whether anything can still be sent. */
  get isOpen(): boolean {
    return !this.ended && this.link.isOpen;
  }

  /** Bytes that the client has not accepted yet. */
  get bufferedBytes(): number {
    return this.link.bufferedBytes;
  }

  /** Whether the socket is not being read, so that a pong could not be seen. */
  get isPaused(): boolean {
    return this.arrivals.isStopped;
  }

  /** When the current frame was read, by `performance.now()`. */
  get frameArrivedAt(): number {
    return this.arrivedAt;
  }

  /** Who is signed in, if anybody is. */
  get session(): Session | undefined {
    return this.standing.session;
  }

  /** The channel that is joined, if any. */
  get joined(): ChannelRef | undefined {
    return this.joinedChannel;
  }

  /** Its places in the logs whose frames it gets. */
  get memberships(): readonly Settling[] {
    return this.output.memberships;
  }

  /**
   * Who is signed in.
   * @throws AppError NOT_SIGNED_IN when nobody is.
   */
  signedIn(): Session {
    return this.standing.signedIn();
  }

  /**
   * Counts this connection as one of a user who is about to be signed in, in place of any other.
   * @throws AppError LIMIT_REACHED when the user has as many as are allowed.
   */
  claim(userUUID: string): void {
    this.standing.claim(userUUID);
  }

  /** The user of the last claim is not signed in after all. */
  dropClaim(): void {
    this.standing.dropClaim();
  }

  /**
   * From now on this session is signed in, in place of any other.
   * @param remainingMs how long the connection may stay, if a token began the session.
   */
  signIn(session: Session, remainingMs?: number): void {
    this.standing.signIn(session, remainingMs);
  }

  /** From now on the connection is closed with 4502 after this time, in milliseconds; without one, it may stay. */
  limitTo(remainingMs: number | undefined): void {
    this.standing.limitTo(remainingMs);
  }

  /** From now on nobody is signed in. */
  signOut(): void {
    this.standing.signOut();
  }

  countAs(isSignedIn: boolean): void {
    this.arrivals.countAs(isSignedIn);
  }

  /** From now on this channel is joined, in place of any other. */
  joinChannel(channel: ChannelRef): void {
    this.joinedChannel = channel;
  }

  /** From now on no channel is joined. */
  leaveChannel(): void {
    this.joinedChannel = undefined;
  }

  /** From now on the frames of this log that are due go out before anything else. */
  addMembership(membership: Settling): void {
    this.output.add(membership);
  }

  removeMembership(membership: Settling): void {
    this.output.remove(membership);
  }

  /** An idempotency key for the next request that changes something: repeated with it, it is done once. */
  nextKey(): string {
    this.requests += 1;
    return `${this.id}:${this.requests}`;
  }

  /** Binds Nest's handlers of one gateway class, in place of those of any other. */
  bind(handlers: readonly WsMessageHandler[]): void {
    this.bound.handlers = handlers;
  }

  /** Nest's handlers that are bound now. */
  get handlers(): readonly WsMessageHandler[] {
    return this.bound.handlers;
  }

  /**
   * Calls the handler of `type`. Resolves when it has passed on its last answer. Undefined if no gateway class handles the
   * type.
   */
  handle(type: string, request: unknown, pass: (answer: unknown) => void): Promise<void> | undefined {
    return this.bound.handle(type, request, pass);
  }

  /**
   * Queues one text frame of the client.
   * @param bytes its bytes in UTF-8; by default those of an ASCII text.
   */
  receive(text: string, bytes = text.length): void {
    const frame = this.arrivals.completed(text, bytes);
    if (this.ended || this.draining) {
      this.arrivals.drop(frame);
      return;
    }
    this.queue.pushFrame(frame);
    if (this.link.takesDeflated && this.arrivals.isFloodedBy(frame))
      this.expel(CLOSE_CODES.POLICY_VIOLATION, 'too much at once');
  }

  /** Runs a task after the current frame, before the frames that wait. */
  enqueue(task: Task): void {
    this.queue.insertTask(task);
  }

  answerFrame({ text, retryAfterMs, arrivedAt }: WaitingFrame): Promise<void> {
    this.refusedForMs = retryAfterMs;
    this.arrivedAt = arrivedAt;
    return this.options.route(this, text);
  }

  fault(error: unknown): void {
    this.options.fault(error);
  }

  stopReading(): void {
    this.link.pause();
  }

  goOnReading(): void {
    // While the socket was not read, no pong could be seen.
    this.lastPong = wakingNow();
    this.link.resume();
  }

  /**
   * The rate of the client, which was charged when the current frame came.
   * @throws AppError RATE_LIMITED when there were too many; then the frame must not be handled.
   */
  checkRate(): void {
    const retryAfterMs = this.refusedForMs;
    if (retryAfterMs > 0) throw new AppError('RATE_LIMITED', { retryAfterMs });
  }

  /** Marks the frame that is being answered. */
  begin(decoded: Decoded, text: string): void {
    this.current.begin(decoded, text);
  }

  /** The current frame is done, with an answer or an error. */
  finish(): Promise<void> {
    return this.current.finish((error) => this.fault(error));
  }

  /** Runs a task after the answer to the current frame, before the next frame. */
  afterAnswer(task: Task): void {
    this.current.afterAnswer(task);
  }

  /** The current frame will be answered soon: frames of logs that arrive before the answer share its write. */
  expectAnswer(): void {
    this.current.isAnswerComing = true;
  }

  /** Answers the current frame: the answer carries its `id`. */
  answer(frame: object): void {
    this.countAnswered(this.send(this.current.answerOf(frame)));
  }

  /** Bytes that the current frame has been answered with. */
  get answeredBytes(): number {
    return this.current.answeredBytes;
  }

  /** Counts bytes as a part of the answer to the current frame. */
  countAnswered(bytes: number): void {
    this.current.countAnswered(bytes);
  }

  /** Has the bytes of the current frame's answers passed on as they are counted. */
  whileAnswering(counted: ((answeredBytes: number) => void) | undefined): void {
    this.current.counted = counted;
  }

  /** Answers the current frame with an error; too many invalid ones in a row end the connection with 1008. */
  fail(error: AppError): void {
    this.tell(this.current.fail(error));
    if (this.current.areTooManyInvalid) this.close(CLOSE_CODES.POLICY_VIOLATION);
  }

  /** The error that the current frame was answered with. */
  get failure(): ErrorName | undefined {
    return this.current.failure;
  }

  /** Called by Nest's own exception filter in gateway classes without one. Its texts are not meant for clients. */
  emit(_event: string, payload: { message?: unknown }): void {
    this.fail(new AppError(payload.message === 'Forbidden resource' ? 'FORBIDDEN' : 'INTERNAL'));
  }

  /** Sends a frame that answers nothing. */
  tell(frame: object): void {
    this.send(frame);
  }

  /** Writes the bytes of a frame, after the frames of logs that are due. */
  write(frame: Buffer): void {
    this.output.write(frame);
  }

  /**
   * Writes frames of one log that many connections share, from index `first` on.
   * @param counts whether the client counts Seqs: otherwise some frames are not for it.
   */
  writeShared(due: SharedFrames, first: number, counts = true): void {
    this.output.writeShared(due, first, counts);
  }

  ping(): void {
    if (this.isOpen) this.link.ping();
  }

  /** Closes the connection: frames that wait are dropped, the current one is finished without an answer. */
  close(code: number, reason?: string): void {
    this.output.settle();
    this.shut(code, reason);
  }

  /** Resolves when the client has accepted everything, or the socket has ended. */
  drained(): Promise<void> {
    return this.link.drained();
  }

  /** The client reads too slowly: nothing more is kept for it. */
  tooSlow(): void {
    this.shut(CLOSE_CODES.TOO_SLOW, 'too slow');
  }

  /** Reads no more, answers the frames that were received before, then tells the client to go elsewhere. */
  drain(): void {
    if (this.draining) return;
    this.draining = true;
    this.arrivals.stop(STOPPED.BY_DRAIN);
    this.queue.pushTask(() => this.goAway());
  }

  /** Tells the client to go elsewhere, without an answer to what it still waits for. */
  goAway(): void {
    this.close(CLOSE_CODES.DRAINING, 'going away');
  }

  expire(): void {
    this.close(CLOSE_CODES.TOKEN_EXPIRED, 'token expired');
  }

  giveWay(): void {
    this.expel(CLOSE_CODES.GAVE_WAY, 'gave way to others');
  }

  /** Ends the connection without a closing handshake. */
  terminate(): void {
    this.link.terminate();
  }

  /** The socket is open. */
  opened(): void {
    this.arrivals.begin();
    this.options.admission.enter(this);
  }

  /** The socket is gone, whoever ended it. */
  gone(): void {
    this.arrivals.end();
    this.options.admission.leave(this);
    this.end();
  }

  /** The connection has ended. Frames that were received before are still handled, in order. */
  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.standing.end();
    this.queue.pushTask(() => this.ending());
  }

  /** Closes the connection, and cuts it if the client does not end it soon: what it holds is needed. */
  private expel(code: number, reason: string): void {
    if (this.ended) return;
    this.close(code, reason);
    setTimeout(() => this.terminate(), EXPEL_MS).unref();
  }

  private async ending(): Promise<void> {
    await this.options.ended(this);
    this.standing.release();
  }

  /** @returns the bytes that were sent. */
  private send(frame: object): number {
    if (!this.isOpen) return 0;
    const bytes = textFrame(Buffer.from(JSON.stringify(frame)));
    this.write(bytes);
    return bytes.length;
  }

  private shut(code: number, reason: string | undefined): void {
    if (this.ended) return;
    this.link.resume();
    this.link.close(code, reason);
    this.queue.dropFrames();
    this.end();
  }
}
