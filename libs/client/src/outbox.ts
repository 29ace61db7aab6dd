import type { ServerFrame } from '@parley/protocol';
import { BackOff } from './back-off.js';
import { ChatError } from './chat-error.js';
import type { Settings } from './options.js';
import type { RequestFrame, Wire } from './wire.js';

/** The most unanswered requests of one connection. The server queues 64 before it stops reading (`MAX_QUEUED_FRAMES`). */
const MOST_IN_FLIGHT = 32;
/** The first and the longest pause before a request refused with a transient error is sent again, in ms. */
const RETRY = { firstMs: 100, longestMs: 5_000, stableMs: 0 };

interface Entry {
  readonly frame: RequestFrame;
  readonly resolve: (answer: ServerFrame) => void;
  readonly reject: (error: ChatError) => void;
  readonly backOff: BackOff;
  inFlight: boolean;
  /** Do not send before this time, by `performance.now()`. */
  notBefore: number;
}

/**
 * Holds requests until they are answered. They are kept while there is no connection, and sent again on the next one
 * and after transient errors. Every request in it must be safe to repeat. It is bounded: beyond the limit a request
 * is refused at once.
 */
export class Outbox {
  private readonly entries = new Set<Entry>();
  private wire: Wire | undefined;
  private inFlight = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly settings: Settings) {}

  /** How many requests wait for their answers. */
  get size(): number {
    return this.entries.size;
  }

  /**
   * Sends a request as often as it takes and resolves with its answer.
   * @throws ChatError if repeating would not help; LIMIT_REACHED when too many wait.
   */
  ask(frame: RequestFrame): Promise<ServerFrame> {
    if (this.entries.size >= this.settings.outboxLimit) {
      const message = `${this.settings.outboxLimit} requests are waiting for their answers.`;
      return Promise.reject(ChatError.of('LIMIT_REACHED', message));
    }
    return new Promise((resolve, reject) => {
      const backOff = new BackOff(RETRY);
      this.entries.add({ frame, resolve, reject, backOff, inFlight: false, notBefore: 0 });
      this.flush();
    });
  }

  /** Sends requests on this connection from now on, the oldest first. */
  attach(wire: Wire): void {
    this.wire = wire;
    this.inFlight = 0;
    for (const entry of this.entries) entry.inFlight = false;
    this.flush();
  }

  /** The connection is gone. Unanswered requests wait for the next one. */
  detach(): void {
    this.wire = undefined;
    clearTimeout(this.timer);
  }

  /** Gives up every request. */
  fail(error: ChatError): void {
    this.detach();
    for (const { reject } of this.entries) reject(error);
    this.entries.clear();
  }

  private flush(): void {
    clearTimeout(this.timer);
    const { wire } = this;
    if (wire === undefined) return;
    const now = performance.now();
    let next = Number.POSITIVE_INFINITY;
    for (const entry of this.entries) {
      if (this.inFlight >= MOST_IN_FLIGHT) return; // an answer will flush again
      if (entry.inFlight) continue;
      if (entry.notBefore <= now) void this.send(entry, wire);
      else next = Math.min(next, entry.notBefore);
    }
    if (next < Number.POSITIVE_INFINITY) this.timer = setTimeout(() => this.flush(), next - now);
  }

  private async send(entry: Entry, wire: Wire): Promise<void> {
    entry.inFlight = true;
    this.inFlight += 1;
    try {
      const answer = await wire.ask(entry.frame);
      this.entries.delete(entry);
      entry.resolve(answer);
    } catch (error) {
      this.refused(entry, error as ChatError, wire);
    }
    if (wire !== this.wire) return; // a later connection has its own count
    this.inFlight -= 1;
    this.flush();
  }

  private refused(entry: Entry, error: ChatError, wire: Wire): void {
    if (wire !== this.wire) return; // its connection is gone; it is sent again on the next
    if (error.retryable) {
      entry.inFlight = false;
      entry.notBefore = performance.now() + entry.backOff.next(error.retryAfterMs);
      return;
    }
    this.entries.delete(entry);
    entry.reject(error);
  }
}
