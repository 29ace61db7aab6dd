import type { WritePacket } from '@nestjs/microservices';
import type { Lane } from '../lanes.js';
import type { RedisRequestOptions } from '../redis-request.js';
import { RedisTransportError } from '../transport-error.js';
import { NO_HANDLER } from '../wire-format.js';
import type { BatchItem } from './batch-sender.js';
import type { Expiring } from './deadline-sweep.js';

/** The most packets of one reply that may wait for an earlier one. */
const MAX_EARLY = 1_024;

/** How a request ended: with a reply, with an error of the transport, or because its caller lost interest. */
export type RequestOutcome = 'replied' | 'given up' | RedisTransportError;

/** What a pending request tells its client. */
export interface RequestOwner {
  /** Called once for each request, before its caller learns the outcome. */
  ended(request: PendingRequest, outcome: RequestOutcome): void;
  /** Called when the caller could not be told that it ended. */
  unheard(error: unknown): void;
}

/** What a request says of itself. */
export type RequestTraits = Readonly<Omit<RedisRequestOptions, 'deadlineMs'>>;

/** A request without its final reply. */
export class PendingRequest implements BatchItem, Expiring {
  live = true;
  /** Redis has stored it, as far as this client knows. */
  isStored = false;
  /** How often its reply may have been lost. */
  timesLost = 0;
  /** How often a replica had no handler for it. */
  timesUnhandled = 0;
  /** A replica had no handler for it, and it has not been sent again since. */
  isUnhandled = false;
  /** A copy of it may have been handled. */
  mayBeHandled: boolean;
  readonly startedAt = performance.now();
  readonly deadlineAt: number;
  private received = 0;
  private early?: Map<number, WritePacket>;

  constructor(
    readonly number: number,
    readonly json: string,
    deadlineMs: number,
    readonly traits: RequestTraits,
    private readonly callback: (packet: WritePacket) => void,
    private readonly owner: RequestOwner,
    /** Where it goes, however often it is sent: there, what was done for its idempotency key is known. */
    readonly partition = 0,
  ) {
    this.deadlineAt = this.startedAt + deadlineMs;
    this.mayBeHandled = traits.isRepeat ?? false;
  }

  get evenWhenFull(): boolean {
    return this.traits.evenWhenFull ?? false;
  }

  get lane(): Lane {
    return this.traits.lane ?? 'now';
  }

  get failsWhenReplyIsLost(): boolean {
    return this.traits.failsWhenReplyIsLost ?? false;
  }

  /** Whether it is sent again when its reply may have been lost: handling it twice does no harm, or happens once. */
  get isSentAgain(): boolean {
    const { isRepeatable = false, idempotencyKey } = this.traits;
    if (!isRepeatable && idempotencyKey === undefined) return false;
    return !this.failsWhenReplyIsLost || this.timesLost === 0;
  }

  stored(): void {
    this.isStored = true;
  }

  refused(error: RedisTransportError): void {
    this.fail(error);
  }

  expire(): void {
    if (this.isUnhandled) {
      this.fail(new RedisTransportError('NO_HANDLER', NO_HANDLER));
      return;
    }
    this.fail(
      this.isStored
        ? new RedisTransportError('DEADLINE_EXCEEDED', 'No reply before the deadline')
        : new RedisTransportError('UNAVAILABLE', 'Redis could not be reached before the deadline'),
    );
  }

  fail(given: RedisTransportError): void {
    if (!this.live) return;
    const error = given.code === 'OVERLOADED' && this.mayBeHandled ? outcomeUnknown(given) : given;
    this.end(error);
    this.tell({ err: error, isDisposed: true });
  }

  /** Ends it without telling the caller, who has lost interest or learns of it in another way. */
  end(outcome: RequestOutcome = 'given up'): void {
    if (!this.live) return;
    this.live = false;
    this.owner.ended(this, outcome);
  }

  /**
   * Accepts the packet with the given place in the reply. A place that was seen before is a repetition (a reply published
   * again after a broken connection, a request run again after a crash) and is dropped. A later place waits for the earlier ones.
   * Parts have no places: another run may divide the reply in another way, so that its places say nothing about the first's.
   */
  receive(place: number, packet: WritePacket): void {
    if (!this.live) return;
    if (this.traits.inParts) {
      this.deliver(packet);
      return;
    }
    if (place < this.received) return;
    if (place > this.received) {
      this.keepEarly(place, packet);
      return;
    }
    this.deliver(packet);
    while (this.live && this.early) {
      const next = this.early.get(this.received);
      if (!next) return;
      this.early.delete(this.received);
      this.deliver(next);
    }
  }

  private deliver(packet: WritePacket): void {
    this.received++;
    if (packet.isDisposed || packet.err) {
      this.end('replied');
      this.tell({ err: packet.err, response: packet.response, isDisposed: true });
    } else {
      this.tell(packet);
    }
  }

  /** A caller that cannot take a packet, because it converts it in its own way, gets the error: nobody else is to blame. */
  private tell(packet: WritePacket): void {
    try {
      this.callback(packet);
    } catch (error) {
      this.end();
      try {
        this.callback({ err: error, isDisposed: true });
      } catch {
        this.owner.unheard(error);
      }
    }
  }

  private keepEarly(place: number, packet: WritePacket): void {
    this.early ??= new Map();
    this.early.set(place, packet);
    if (this.early.size > MAX_EARLY) {
      this.fail(new RedisTransportError('UNAVAILABLE', 'A part of the reply was lost'));
    }
  }
}

/** What is refused was not handled, but another copy of it may have been. */
function outcomeUnknown({ message, retryAfterMs }: RedisTransportError): RedisTransportError {
  const hint = retryAfterMs === undefined ? {} : { retryAfterMs };
  return new RedisTransportError('UNAVAILABLE', `${message}; sent before, it may have been handled`, hint);
}
