import { decodeServerFrame, type ServerFrame } from '@parley/protocol';
import { ChatError } from './chat-error.js';
import type { Settings } from './options.js';
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

interface Asked {
  readonly resolve: (answer: ServerFrame) => void;
  readonly reject: (error: ChatError) => void;
  readonly since: number;
}

/** How often a connection is checked within `silenceMs` or `answerTimeoutMs`, whichever is shorter. */
const CHECKS = 4;

/** Request types without a time limit. Their answer follows everything that was missed, however much that is. */
const UNTIMED = new Set(['resume']);

/**
 * One connection, from open to end. It pairs answers with requests. It also finds out when a connection is dead
 * although nobody closed it: nothing arrives, not even the answer to a ping, or a request stays unanswered.
 */
export class Wire {
  /** Resolves when the connection has ended; never rejects. */
  readonly ended: Promise<Ending>;
  private readonly asked = new Map<number, Asked>();
  private lastId = 0;
  private lastHeard = performance.now();
  /** Checks since a ping after which nothing has arrived. 0: no ping is pending. */
  private silentChecks = 0;
  private isOver = false;
  private end!: (ending: Ending) => void;
  private readonly watch: ReturnType<typeof setInterval>;

  /** @param receive gets every frame, answers included, in order and before the promise of `ask` settles. */
  constructor(
    private readonly socket: Socket,
    private readonly settings: Settings,
    private readonly receive: (frame: ServerFrame) => void,
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

  /**
   * Sends a request and resolves with its answer.
   * @throws ChatError when the server refuses it, or UNAVAILABLE when the connection ends first.
   */
  ask(frame: RequestFrame): Promise<ServerFrame> {
    if (this.isOver) return Promise.reject(ChatError.of('UNAVAILABLE', 'The connection has ended.'));
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      const since = UNTIMED.has(frame.type) ? Number.POSITIVE_INFINITY : performance.now();
      this.asked.set(id, { resolve, reject, since });
      this.socket.send(JSON.stringify({ ...frame, id }));
    });
  }

  /** Ends the connection without waiting for the other side. */
  close(ending: Ending = { code: 1000, reason: '' }): void {
    this.finish(ending);
    this.socket.close(1000);
  }

  private receiveText(data: unknown): void {
    this.lastHeard = performance.now();
    this.silentChecks = 0;
    const frame = readFrame(data);
    if (frame === undefined) return;
    this.receive(frame);
    if (typeof frame.id === 'number') this.answer(frame.id, frame);
  }

  private answer(id: number, frame: ServerFrame): void {
    const asked = this.asked.get(id);
    // The answer to a message in a joined channel is its `ack`. The message itself never carries the id.
    if (asked === undefined) return;
    this.asked.delete(id);
    if (frame.type === 'error') asked.reject(ChatError.fromFrame(frame));
    else asked.resolve(frame);
  }

  private check(): void {
    const reason = this.deadBecause();
    if (reason !== undefined) this.close({ code: 1006, reason });
    else if (this.silentChecks > 0) this.silentChecks += 1;
    else if (performance.now() - this.lastHeard >= this.settings.silenceMs) {
      this.silentChecks = 1;
      this.socket.send('{"type":"ping"}');
    }
  }

  private deadBecause(): string | undefined {
    const now = performance.now();
    // The checks are counted because timers come late in a background page or a busy process. What has arrived by then
    // may not have been read yet.
    if (this.silentChecks > CHECKS && now - this.lastHeard >= 2 * this.settings.silenceMs)
      return 'the server is silent';
    const isLate = ({ since }: Asked) => now - since > this.settings.answerTimeoutMs;
    return [...this.asked.values()].some(isLate) ? 'a request has no answer' : undefined;
  }

  private finish(ending: Ending): void {
    if (this.isOver) return;
    this.isOver = true;
    clearInterval(this.watch);
    this.socket.onmessage = null;
    this.socket.onclose = null;
    this.end(ending);
    const lost = ChatError.of('UNAVAILABLE', `The connection has ended (${ending.code}).`);
    for (const { reject } of this.asked.values()) reject(lost);
    this.asked.clear();
  }
}

/** A frame of an unknown type comes from a newer server. This client ignores it. */
function readFrame(data: unknown): ServerFrame | undefined {
  try {
    return decodeServerFrame(String(data));
  } catch {
    return undefined;
  }
}
