import type { ServerFrame } from '@parley/protocol';
import { ChatError } from '../chat-error.js';
import type { Settings } from '../options.js';
import { readFrame } from './read-frame.js';
import type { Socket } from './socket.js';

/** How a connection ended. The close code is 1006 also for a connection that this client found dead. */
export interface Ending {
  readonly code: number;
  readonly reason: string;
}

/** A request as it is sent. The payload stands under the key named like the type. */
export interface RequestFrame {
  readonly type: string;
  readonly [payload: string]: unknown;
}

/** Gets every frame in order. `asked` is the request that the frame answers. */
export type Receive = (frame: ServerFrame, asked?: RequestFrame) => void;

/** Gets the answer to a request, or why there is none. */
export type Settle = (result: ServerFrame | ChatError) => void;

interface Asked {
  readonly frame: RequestFrame;
  readonly settle: Settle;
  readonly since: number;
}

/** How often a connection is checked within `silenceMs` or `answerTimeoutMs`, whichever is shorter. */
const CHECKS = 4;

/** Request types without a time limit: the server may read a lot before the first frame of the answer. */
const UNTIMED = new Set(['resume']);

/**
 * One connection, from open to end. It pairs answers with requests. It also finds out when a connection is dead although
 * nobody closed it: nothing arrives, although a request or a ping waits for its answer. A late answer alone proves nothing as
 * long as other frames arrive.
 */
export class Wire {
  /** Resolves when the connection has ended; never rejects. */
  readonly ended: Promise<Ending>;
  private readonly asked = new Map<number, Asked>();
  private lastId = 0;
  private lastHeard = performance.now();
  /** Checks since a ping after which nothing has arrived. 0: no ping is pending. */
  private checksSincePing = 0;
  /** Checks that found a request waiting, since anything has arrived. */
  private checksWaiting = 0;
  private hasEnded = false;
  private probing: ReturnType<typeof setTimeout> | undefined;
  private end!: (ending: Ending) => void;
  private readonly watch: ReturnType<typeof setInterval>;

  /** @param receive is called before the request that the frame answers is settled. */
  constructor(
    private readonly socket: Socket,
    private readonly settings: Settings,
    private readonly receive: Receive,
  ) {
    this.ended = new Promise((resolve) => {
      this.end = resolve;
    });
    socket.onmessage = ({ data }: { data: unknown }) => this.receiveText(data);
    socket.onclose = ({ code, reason }: Ending) => this.finish({ code, reason: String(reason) });
    socket.onerror = () => undefined; // the close event follows
    this.watch = setInterval(
      () => this.check(),
      Math.min(settings.silenceMs, settings.answerTimeoutMs) / CHECKS,
    );
  }

  get isOver(): boolean {
    return this.hasEnded;
  }

  /**
   * Sends a request. `settle` is called once, in the turn in which its answer arrives or the connection ends: with the answer,
   * with the server's error, or with UNAVAILABLE when the connection ends first.
   */
  ask(frame: RequestFrame, settle: Settle): void {
    if (this.hasEnded) {
      settle(ChatError.of('UNAVAILABLE', 'The connection has ended.'));
      return;
    }
    const id = ++this.lastId;
    const since = UNTIMED.has(frame.type) ? Number.POSITIVE_INFINITY : performance.now();
    this.asked.set(id, { frame, settle, since });
    this.socket.send(JSON.stringify({ ...frame, id }));
  }

  /** Sends a frame that has no answer. */
  tell(frame: RequestFrame): void {
    if (!this.hasEnded) this.socket.send(JSON.stringify(frame));
  }

  /**
   * Sends a request and resolves with its answer.
   * @throws ChatError as `ask`.
   */
  request(frame: RequestFrame): Promise<ServerFrame> {
    return new Promise((resolve, reject) => {
      this.ask(frame, (result) => (result instanceof ChatError ? reject(result) : resolve(result)));
    });
  }

  /** Pings the server, and ends the connection if nothing arrives within `ms`. */
  probe(ms: number): void {
    if (this.hasEnded || this.probing !== undefined) return;
    const since = performance.now();
    this.socket.send('{"type":"ping"}');
    this.probing = setTimeout(() => {
      this.probing = undefined;
      if (this.lastHeard < since) this.close({ code: 1006, reason: 'the network has changed' });
    }, ms);
  }

  /** Ends the connection without waiting for the other side. */
  close(ending: Ending = { code: 1000, reason: '' }): void {
    this.finish(ending);
    this.socket.close(1000);
  }

  private receiveText(data: unknown): void {
    this.lastHeard = performance.now();
    this.checksSincePing = 0;
    this.checksWaiting = 0;
    const read = readFrame(String(data));
    // The answer to a message in a joined channel is its `ack`. The message itself never carries the id.
    const asked = typeof read.id === 'number' ? this.asked.get(read.id) : undefined;
    if (asked !== undefined) this.asked.delete(read.id as number);
    if (read.frame !== undefined) this.receive(read.frame, asked?.frame);
    asked?.settle(resultOf(read.frame));
  }

  private check(): void {
    if (this.firstAsked() < Number.POSITIVE_INFINITY) this.checksWaiting += 1;
    if (this.checksSincePing > 0) this.checksSincePing += 1;
    const reason = this.deadBecause();
    if (reason !== undefined) this.close({ code: 1006, reason });
    else if (this.checksSincePing === 0 && performance.now() - this.lastHeard >= this.settings.silenceMs) {
      this.checksSincePing = 1;
      this.socket.send('{"type":"ping"}');
    }
  }

  /**
   * The checks are counted because timers come late in a background page or a busy process. What has arrived by then may not
   * have been read yet.
   */
  private deadBecause(): string | undefined {
    const { silenceMs, answerTimeoutMs } = this.settings;
    const now = performance.now();
    if (this.checksSincePing > CHECKS + 1 && now - this.lastHeard >= 2 * silenceMs)
      return 'the server is silent';
    const waitingSince = Math.max(this.firstAsked(), this.lastHeard);
    if (this.checksWaiting > CHECKS && now - waitingSince >= answerTimeoutMs)
      return 'the server is silent and a request has no answer';
    return undefined;
  }

  /** When the oldest unanswered request with a time limit was sent. */
  private firstAsked(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const { since } of this.asked.values()) first = Math.min(first, since);
    return first;
  }

  private finish(ending: Ending): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    clearInterval(this.watch);
    clearTimeout(this.probing);
    this.socket.onmessage = null;
    this.socket.onclose = null;
    this.end(ending);
    const lost = ChatError.of('UNAVAILABLE', `The connection has ended (${ending.code}).`);
    const unanswered = [...this.asked.values()];
    this.asked.clear();
    for (const { settle } of unanswered) settle(lost);
  }
}

function resultOf(frame: ServerFrame | undefined): ServerFrame | ChatError {
  if (frame === undefined) return ChatError.of('INTERNAL', 'This client cannot read the answer.');
  return frame.type === 'error' ? ChatError.fromFrame(frame) : frame;
}
