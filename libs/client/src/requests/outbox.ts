import type { ServerFrame } from '@parley/protocol';
import { ChatError } from '../chat-error.js';
import type { Settings } from '../options.js';
import { BackOff } from '../wire/back-off.js';
import type { RequestFrame, Wire } from '../wire/wire.js';
import type { ChannelNames } from './channel-names.js';
import { type Lane, OpenLanes } from './lanes.js';

/** The most unanswered requests of one connection. The server queues 64 before it stops reading (`MAX_QUEUED_FRAMES`). */
const MOST_IN_FLIGHT = 32;
/** The first and the longest pause before a request refused with a transient error is sent again, in ms. */
const RETRY = { firstMs: 100, longestMs: 5_000, stableMs: 0 };
/** Strings are kept as UTF-16. */
const BYTES_PER_UNIT = 2;

/** A request that waits. */
export interface Wanted {
  /** What is sent, or what makes it when its turn has come. If that is nothing, the request is done. */
  readonly frame: RequestFrame | (() => RequestFrame | undefined);
  /** Requests of one lane take effect in the order in which they were asked for. */
  readonly lane?: Lane;
  /** The client itself needs it; it counts against no limit. There is at most one for each channel. */
  readonly isOwn?: boolean;
  /** It must not be done twice: it is given up as soon as nobody knows whether it was done. */
  readonly isOnce?: boolean;
}

interface Entry extends Wanted {
  readonly bytes: number;
  readonly resolve: (answer: ServerFrame | undefined) => void;
  readonly reject: (error: ChatError) => void;
  readonly backOff: BackOff;
  inFlight: boolean;
  /** Do not send before this time, by `performance.now()`. */
  notBefore: number;
}

/**
 * Holds requests until they are answered. They are kept while there is no connection, and sent again on the next one and
 * after transient errors. Every request in it must be safe to repeat, or say that it
 * is not. It is bounded in number and in bytes: beyond that a
 * request is refused at once.
 */
export class Outbox {
  private readonly entries = new Set<Entry>();
  private bytes = 0;
  private wire: Wire | undefined;
  private inFlight = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly settings: Settings,
    private readonly names: ChannelNames,
  ) {}

  /** How many requests wait for their answers. */
  get size(): number {
    return this.entries.size;
  }

  /**
   * Sends a request as often as it takes and resolves with its answer, or with undefined when there was nothing to send.
   * @throws ChatError if repeating would not help; LIMIT_REACHED when too many wait.
   */
  ask(wanted: Wanted): Promise<ServerFrame | undefined> {
    const { frame, isOwn } = wanted;
    const bytes = typeof frame === 'function' ? 0 : JSON.stringify(frame).length * BYTES_PER_UNIT;
    const refusal = isOwn ? undefined : this.refusalOf(bytes);
    if (refusal !== undefined) return Promise.reject(ChatError.of('LIMIT_REACHED', refusal));
    return new Promise((resolve, reject) => {
      const backOff = new BackOff(RETRY);
      this.entries.add({ ...wanted, bytes, resolve, reject, backOff, inFlight: false, notBefore: 0 });
      this.bytes += bytes;
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
    const given = [...this.entries];
    this.entries.clear();
    this.bytes = 0;
    for (const { reject } of given) reject(error);
  }

  private refusalOf(bytes: number): string | undefined {
    const { outboxLimit, outboxBytes } = this.settings;
    if (this.entries.size >= outboxLimit) return `${outboxLimit} requests are waiting for their answers.`;
    if (this.bytes + bytes > outboxBytes) return `Waiting requests may hold ${outboxBytes} bytes.`;
    return undefined;
  }

  private flush(): void {
    clearTimeout(this.timer);
    const { wire } = this;
    if (wire === undefined || wire.isOver) return;
    const now = performance.now();
    let next = Number.POSITIVE_INFINITY;
    const lanes = new OpenLanes(this.names);
    for (const entry of this.entries) {
      if (this.inFlight >= MOST_IN_FLIGHT) return; // an answer will flush again
      if (!lanes.enter(entry.lane) || entry.inFlight) continue;
      if (entry.notBefore <= now) this.send(entry, wire);
      else next = Math.min(next, entry.notBefore);
    }
    if (next < Number.POSITIVE_INFINITY) this.timer = setTimeout(() => this.flush(), next - now);
  }

  private send(entry: Entry, wire: Wire): void {
    const frame = typeof entry.frame === 'function' ? entry.frame() : entry.frame;
    if (frame === undefined) {
      this.remove(entry).resolve(undefined);
      queueMicrotask(() => this.flush()); // its lane is free
      return;
    }
    entry.inFlight = true;
    this.inFlight += 1;
    wire.ask(frame, (result) => {
      if (!this.entries.has(entry)) return; // given up
      if (!(result instanceof ChatError)) this.remove(entry).resolve(result);
      else this.refused(entry, result, wire);
      if (wire !== this.wire) return; // a later connection has its own count
      this.inFlight -= 1;
      this.flush();
    });
  }

  /** Sends a frame that needs no answer, if there is a connection. It is not kept, and not repeated. */
  tell(frame: RequestFrame): void {
    this.wire?.tell(frame);
  }

  private refused(entry: Entry, error: ChatError, wire: Wire): void {
    if (entry.isOnce && error.name === 'UNAVAILABLE') {
      this.remove(entry).reject(error);
      return;
    }
    if (wire.isOver) return; // it is sent again on the next connection
    entry.inFlight = false;
    entry.notBefore = performance.now() + entry.backOff.next(error.retryAfterMs);
    if (!error.retryable) this.remove(entry).reject(error);
  }

  private remove(entry: Entry): Entry {
    this.entries.delete(entry);
    this.bytes -= entry.bytes;
    return entry;
  }
}
