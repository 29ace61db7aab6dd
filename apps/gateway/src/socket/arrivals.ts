import { LIMITS } from '@parley/protocol';
import { TokenBucket, type TokenRate } from '../pacing/token-bucket.js';
import type { Holder, Intake, IntakePool } from './intake.js';

/** What a frame that waits costs besides its text: its place in the queue and the head of its string, in bytes. */
const FRAME_BYTES = 96;
/** Copies of a request while it is answered, besides its text: decoded, and on its way to a service. */
export const COPIES = 2;
/** The most that a request takes, in bytes, however large the frame: the rest of it is not part of the request. */
const REQUEST_BYTES = 64 * 1_024;
/** Head of a control frame of a client, mask included (RFC 6455, 5.2). */
const CONTROL_HEAD_BYTES = 6;
/** How long a client that sends faster than it may is not read, in milliseconds: what it sends meanwhile waits with it. */
export const HOLD_MS = 20;

/** How many times as much as may wait ends a connection, where frames are inflated. */
export const FLOOD = 4;

/** Why a socket is not read. */
export const STOPPED = { BY_QUEUE: 1, BY_RATE: 2, BY_POOL: 4, BY_DRAIN: 8 } as const;

/** A text frame that waits to be answered. */
export interface WaitingFrame {
  readonly text: string;
  /** Memory that it takes, in bytes. */
  readonly bytes: number;
  /** Above 0: the client sends too fast. The frame is refused, and may come again after so many milliseconds. */
  readonly retryAfterMs: number;
  /** When it was read, by `performance.now()`. */
  readonly arrivedAt: number;
}

/** What may wait before a socket is not read any more. */
export interface QueueLimits {
  readonly frames: number;
  readonly bytes: number;
}

/** How fast a client may send, and how much of it may wait. */
export interface ArrivalOptions {
  readonly intake: Intake;
  readonly queue: QueueLimits;
  /** Frames per second; undefined: no limit. */
  readonly frameRate?: TokenRate | undefined;
  /** Bytes per second, as they come from the network; undefined: no limit. */
  readonly byteRate?: TokenRate | undefined;
}

/** What the arrivals ask of their connection. */
export interface Receiver {
  /** The socket must not be read. */
  stopReading(): void;
  goOnReading(): void;
  giveWay(): void;
}

/**
 * What one client has sent and nobody has answered yet, in bytes. They count from the moment when they are read, in the pool of
 * the process: as a piece of a frame, as a frame that waits, as one that is being answered. It also knows how fast the client
 * sends, and why its socket is not read.
 */
export class Arrivals implements Holder {
  private pool: IntakePool;
  /** Of what the socket has read: not taken apart yet, and of a frame whose end is missing. */
  private unread = 0;
  private unfinished = 0;
  private waiting = 0;
  private inHand = 0;
  private stopped = 0;
  private isOpen = false;
  private readonly frames: TokenBucket | undefined;
  private readonly bytes: TokenBucket | undefined;

  constructor(
    private readonly receiver: Receiver,
    private readonly options: ArrivalOptions,
  ) {
    if (options.frameRate !== undefined) this.frames = new TokenBucket(options.frameRate);
    if (options.byteRate !== undefined) this.bytes = new TokenBucket(options.byteRate);
    this.pool = options.intake.unsigned;
  }

  get waitingBytes(): number {
    return this.unread + this.unfinished + this.waiting;
  }

  /** Bytes of complete frames that wait. */
  get queuedBytes(): number {
    return this.waiting;
  }

  get isStopped(): boolean {
    return this.stopped !== 0;
  }

  /** Before sign-in, only as much may wait as signing in and resuming take. */
  get limits(): QueueLimits {
    const { queue, intake } = this.options;
    if (this.pool === intake.signedIn) return queue;
    return {
      frames: Math.min(queue.frames, LIMITS.framesBeforeSignIn),
      bytes: Math.min(queue.bytes, LIMITS.bytesBeforeSignIn),
    };
  }

  /** The socket is open: from now on its pool may stop it. */
  begin(): void {
    this.isOpen = true;
    this.pool.enter(this);
  }

  /** From now on it counts among those who are signed in, or among those who are not. */
  countAs(isSignedIn: boolean): void {
    const { intake } = this.options;
    const pool = isSignedIn ? intake.signedIn : intake.unsigned;
    if (pool === this.pool) return;
    const bytes = this.waitingBytes + this.inHand;
    this.pool.leave(this);
    this.pool.add(-bytes);
    this.pool = pool;
    if (this.isOpen) pool.enter(this);
    pool.add(bytes);
    if (pool.isFull) this.poolIsFull();
    else this.poolHasRoom();
  }

  /** The socket has read bytes. */
  read(bytes: number): void {
    this.unread += bytes;
    this.pool.add(bytes);
    this.pool.judge(this, this.waitingBytes + this.inHand);
    if (this.bytes === undefined) return;
    this.bytes.take(bytes);
    const debtMs = this.bytes.debtMs();
    if (debtMs > 0) this.stopFor(debtMs);
  }

  /** Bytes that were read are being taken apart into frames. */
  takeApart(bytes: number): void {
    this.unread -= bytes;
    this.unfinished += bytes;
  }

  /**
   * A text frame is complete.
   * @param wireBytes its bytes in UTF-8.
   */
  completed(text: string, wireBytes: number): WaitingFrame {
    // V8 keeps a text with any character beyond Latin-1 as two bytes for each.
    const bytes = FRAME_BYTES + text.length * (wireBytes === text.length ? 1 : 2);
    const retryAfterMs = this.frames?.takeOne() ?? 0;
    this.waiting += bytes;
    this.pool.add(bytes - this.unfinished);
    // The beginning of a next frame that came with it is not seen: a kilobyte at most, until that frame is complete.
    this.unfinished = 0;
    if (retryAfterMs > 0) this.stopFor(HOLD_MS);
    return { text, bytes, retryAfterMs, arrivedAt: performance.now() };
  }

  /** A ping or a pong is complete. It is work as a frame is, so it counts as one. */
  controlled(payloadBytes: number): void {
    const bytes = Math.min(this.unfinished, payloadBytes + CONTROL_HEAD_BYTES);
    this.unfinished -= bytes;
    this.pool.add(-bytes);
    if ((this.frames?.takeOne() ?? 0) > 0) this.stopFor(HOLD_MS);
  }

  /** The answering of a frame begins; no other one is in hand. */
  take({ bytes }: WaitingFrame): void {
    const copies = COPIES * Math.min(bytes, REQUEST_BYTES);
    this.waiting -= bytes;
    this.inHand = bytes + copies;
    this.pool.add(copies);
  }

  /** The frame in hand is answered. */
  answered(): void {
    this.pool.add(-this.inHand);
    this.inHand = 0;
  }

  /**
   * Whether far more waits than may: what `ws` has taken before the socket was stopped it inflates to the end, up to a thousand
   * times its bytes.
   */
  isFloodedBy({ bytes }: WaitingFrame): boolean {
    return this.waiting > FLOOD * Math.max(bytes, this.limits.bytes);
  }

  /** A frame that waited is dropped. */
  drop({ bytes }: WaitingFrame): void {
    this.waiting -= bytes;
    this.pool.add(-bytes);
  }

  /** The socket is gone, and what it had read with it. Frames that wait still count. */
  end(): void {
    this.isOpen = false;
    this.pool.leave(this);
    this.pool.add(-this.unread - this.unfinished);
    this.unread = 0;
    this.unfinished = 0;
  }

  /** Stops reading for one more reason. */
  stop(reason: number): void {
    const wasStopped = this.isStopped;
    this.stopped |= reason;
    if (!wasStopped) this.receiver.stopReading();
  }

  /** That reason is gone; without another one the socket is read again. */
  goOn(reason: number): void {
    if ((this.stopped & reason) === 0) return;
    this.stopped &= ~reason;
    if (!this.isStopped) this.receiver.goOnReading();
  }

  poolIsFull(): void {
    this.stop(STOPPED.BY_POOL);
  }

  poolHasRoom(): void {
    this.goOn(STOPPED.BY_POOL);
  }

  giveWay(): void {
    this.receiver.giveWay();
  }

  private stopFor(ms: number): void {
    if ((this.stopped & STOPPED.BY_RATE) !== 0) return;
    this.stop(STOPPED.BY_RATE);
    setTimeout(() => this.goOn(STOPPED.BY_RATE), ms).unref();
  }
}
