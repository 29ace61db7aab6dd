import type { LoggerService } from '@nestjs/common';
import type { IncomingRequest, MessageHandler, WritePacket } from '@nestjs/microservices';
import { isObservable, lastValueFrom, type Observable, Subscriber } from 'rxjs';
import { isPromise } from '../is-promise.js';
import { RedisTransportContext } from '../redis-transport.context.js';
import type { RedisTransportErrorCode } from '../transport-error.js';
import { NO_HANDLER, orderOf, packetId, type WireError } from '../wire-format.js';
import type { HandlerHost } from './handler-host.js';
import type { HeldEntry, HeldRequest } from './held-request.js';
import { IdempotencyGate, type IdempotencyGateOptions } from './idempotency-gate.js';
import type { RedisClock } from './redis-clock.js';
import type { ReplyWriter } from './reply-writer.js';
import { WorkQueue } from './work-queue.js';

/** Values of a reply above which a stream with an idempotency key is not kept: what is kept until it ends is bounded by that. */
const MOST_KEPT = 16_384;

/** The longest hint (ms) of when to try again. */
const LONGEST_RETRY_MS = 5_000;

/** Nest's reply to an exception that is not an `RpcException`. */
const UNKNOWN_ERROR = { status: 'error', message: 'Internal server error' };

export interface RequestRunnerOptions {
  host: HandlerHost;
  replies: ReplyWriter;
  clock: RedisClock;
  maxInFlight: number;
  gate: Omit<IdempotencyGateOptions, 'isLate' | 'verdicts'>;
  onRoom: () => void;
  /** Called when a request begins, with its entry. Returns the entry's age (ms) if it is to be refused for it. */
  refusedAge: (entry: HeldEntry) => number | undefined;
  logger: LoggerService;
}

/** A request with an idempotency key, from its decoding until it is settled. */
interface Keyed {
  packet: IncomingRequest;
  route: string;
  handler: MessageHandler;
  /** The packets of its reply so far; only what went wrong, if they were too many. */
  kept: WritePacket[];
  isTooLong: boolean;
}

/** A request whose handler is running. */
interface Run {
  request: HeldRequest;
  context: RedisTransportContext;
  /** What is kept of a request with an idempotency key. */
  keyed?: Keyed;
  stream?: Subscriber<unknown>;
  /** The last packet of a stream, and the turn in which it leaves. */
  last?: WritePacket;
  lastTurn?: number;
}

/** An error of the transport, without the id of its request. */
type ErrorParts = [code: RedisTransportErrorCode, message: string, details?: WireError[3]];

/** Runs the handlers of requests and turns their results into replies. */
export class RequestRunner {
  readonly queue: WorkQueue<HeldRequest>;
  readonly gate: IdempotencyGate;
  readonly counters = { handled: 0, failed: 0, expired: 0, refused: 0 };
  private readonly streams = new Set<Run>();
  /** The keyed requests in hand. */
  private readonly keyed = new Map<HeldRequest, Keyed>();

  constructor(private readonly options: RequestRunnerOptions) {
    this.queue = new WorkQueue(options.maxInFlight, (request) => this.begin(request), options.onRoom);
    this.gate = new IdempotencyGate({
      ...options.gate,
      isLate: (request) => this.isLate(request),
      verdicts: {
        run: (request) => this.runKeyed(request),
        replay: (request, packets) => this.replay(request, packets),
        replyGone: (request) => this.replyGone(request),
        repeated: (request, first) => this.replay(request, (first && this.keyed.get(first)?.kept) ?? []),
        inProgress: (request) =>
          this.refuse(request, 'IN_PROGRESS', 'A request with this idempotency key is running', {
            retryAfterMs: 100,
          }),
        takenOver: (request) => this.leaveToOther(request),
        failed: (request, error) => this.spoil(request, error),
        refused: (request, error) =>
          this.refuse(request, error.code, error.message, { retryable: error.retryable }),
      },
    });
  }

  /** Ends streams whose deadline has passed: nobody listens, and some streams never end. */
  endLateStreams(): void {
    for (const run of this.streams) if (this.isLate(run.request)) this.endLate(run);
  }

  private endLate(run: Run): void {
    this.counters.expired++;
    this.cutOff(run, ['DEADLINE_EXCEEDED', 'The reply did not end before the deadline']);
  }

  /** Ends a stream that has not ended. */
  private cutOff(run: Run, [code, message, details]: ErrorParts): void {
    try {
      run.stream?.unsubscribe();
    } catch (error) {
      // What the handler's stream runs at its end failed.
      this.options.logger.error(error);
    }
    this.options.replies.error(run.request, code, message, details);
    // An error is not kept, so the key is free for another try.
    run.keyed?.kept.push({ err: UNKNOWN_ERROR, isDisposed: true });
    this.end(run);
  }

  private isLate(request: HeldRequest): boolean {
    return this.options.clock.now() > request.deadline;
  }

  private begin(request: HeldRequest): void {
    // No async function: each would cost every request two passes through the microtask queue.
    try {
      if (request.fault !== undefined) throw new Error(`A request cannot be handled: ${request.fault}`);
      const packet = this.options.host.deserialize(request.packet);
      if (!isPromise(packet)) {
        this.route(request, packet);
        return;
      }
      packet.then((resolved) => this.route(request, resolved)).catch((error) => this.spoil(request, error));
    } catch (error) {
      this.spoil(request, error);
    }
  }

  /**
   * The packet is none, or code around the handler failed: the deserializer, or a hook, which may have run the handler
   * before. It must not throw: nothing else ends the request.
   */
  private spoil(request: HeldRequest, error: unknown): void {
    this.options.logger.error(error);
    if (request.isDone) return;
    this.counters.failed++;
    request.id ||= packetId(request.packet) ?? '';
    // Without an id there is nobody to tell.
    if (request.id) this.options.replies.reply(request, { err: UNKNOWN_ERROR, isDisposed: true });
    if (request.idempotencyKey === undefined || !this.keyed.has(request)) this.release(request);
    else this.settleKeyed(request, [{ err: UNKNOWN_ERROR }]);
  }

  private route(request: HeldRequest, packet: IncomingRequest): void {
    const id = packetId(packet);
    if (id === undefined) throw new Error('A request cannot be handled: it has no id to answer it by');
    request.id = id;
    const refusedAge = this.options.refusedAge(request.entry);
    if (this.isLate(request)) {
      this.expire(request, packet);
      return;
    }
    const { route, handler } = this.options.host.findHandler(packet.pattern);
    if (refusedAge !== undefined && !this.options.host.hasOwnQueue(route)) {
      this.refuseOld(request, refusedAge);
      return;
    }
    if (!handler) {
      // A replica of another version may have one: the client sends the request again. One of the release before passes on the
      // error, which says that another try may succeed.
      this.refuse(request, 'UNAVAILABLE', NO_HANDLER, { retryable: true, noHandler: true });
    } else if (request.idempotencyKey === undefined) {
      this.run(request, packet, route, handler);
    } else {
      this.keyed.set(request, { packet, route, handler, kept: [], isTooLong: false });
      this.gate.enter(request);
    }
  }

  /** The queue stands. Before the request's key is claimed: it leaves no trace, and may be repeated like one never sent. */
  private refuseOld(request: HeldRequest, ageMs: number): void {
    this.counters.refused++;
    const retryAfterMs = Math.min(LONGEST_RETRY_MS, Math.round(ageMs));
    this.refuse(request, 'OVERLOADED', 'The queue of the service is too old', { retryAfterMs });
  }

  /** A replica that died may have begun a request that was taken over. It is answered at once, and then completed. */
  private expire(request: HeldRequest, packet: IncomingRequest): void {
    this.counters.expired++;
    const message = 'The deadline had passed before the request was handled';
    const { host } = this.options;
    const { route, handler } = host.findLapsedHandler(packet.pattern);
    if (request.entry.tries === 1 || (handler === undefined && host.findHandler(packet.pattern).handler)) {
      this.refuse(request, 'DEADLINE_EXCEEDED', message);
      return;
    }
    if (handler === undefined) {
      // A replica of another version may complete it. If none takes it over, it is set aside in the end.
      this.leaveToOther(request);
      return;
    }
    this.options.replies.error(request, 'DEADLINE_EXCEEDED', message);
    const context = this.contextOf(request, packet, route);
    host.around(
      context,
      () => this.complete(request, packet, context, handler),
      (error) => this.spoil(request, error),
    );
  }

  private async complete(
    request: HeldRequest,
    packet: IncomingRequest,
    context: RedisTransportContext,
    handler: MessageHandler,
  ): Promise<void> {
    try {
      const result: unknown = await handler(packet.data, context);
      if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
    } catch {
      // Nest has reported what its handler throws.
      this.counters.failed++;
    }
    this.options.host.ended(context);
    this.release(request);
  }

  private runKeyed(request: HeldRequest): void {
    const { packet, route, handler } = this.keyed.get(request)!;
    try {
      this.run(request, packet, route, handler);
    } catch (error) {
      this.spoil(request, error);
    }
  }

  private run(request: HeldRequest, packet: IncomingRequest, route: string, handler: MessageHandler): void {
    const context = this.contextOf(request, packet, route);
    const run: Run = { request, context };
    const keyed = this.keyed.get(request);
    if (keyed !== undefined) run.keyed = keyed;
    this.options.host.around(
      context,
      () => this.call(run, packet, handler),
      (error) => this.spoil(request, error),
    );
  }

  private contextOf(request: HeldRequest, packet: IncomingRequest, route: string): RedisTransportContext {
    return new RedisTransportContext([
      route,
      request.asker,
      request.entry.tries,
      () => request.deadline - this.options.clock.now(),
      request.idempotencyKey,
      packet.metadata,
      { deadline: request.deadline, order: orderOf(request.storedAt, request.entry.tries) },
    ]);
  }

  private async call(run: Run, packet: IncomingRequest, handler: MessageHandler): Promise<void> {
    try {
      const result: unknown = await handler(packet.data, run.context);
      if (isObservable(result)) {
        this.follow(run, result);
        return;
      }
      this.add(run, { response: result, isDisposed: true });
      this.counters.handled++;
    } catch (error) {
      // Nest turns what a handler throws into a failing observable; this handler is not Nest's.
      this.options.logger.error(error);
      this.add(run, { err: UNKNOWN_ERROR, isDisposed: true });
      this.counters.failed++;
    }
    this.end(run);
  }

  private follow(run: Run, result: Observable<unknown>): void {
    this.streams.add(run);
    // Made before, so that a stream that gives its values at once can be ended, too.
    run.stream = new Subscriber({
      next: (response) => this.next(run, response),
      error: (err: unknown) => {
        // Without a reason it is a failure, too.
        this.add(run, { err: err || UNKNOWN_ERROR, isDisposed: true });
        this.counters.failed++;
        this.end(run);
      },
      complete: () => {
        // The last value carries the end, if it is not sent yet.
        if (run.last && run.lastTurn === this.options.replies.turn) run.last.isDisposed = true;
        else this.add(run, { isDisposed: true });
        this.counters.handled++;
        this.end(run);
      },
    });
    result.subscribe(run.stream);
  }

  private next(run: Run, response: unknown): void {
    if (run.request.replied > 0 && this.options.replies.isFull) {
      this.counters.failed++;
      this.cutOff(run, ['UNAVAILABLE', 'More of the reply than can wait to be sent', { retryable: false }]);
      return;
    }
    const packet: WritePacket = { response };
    this.add(run, packet);
    run.last = packet;
    run.lastTurn = this.options.replies.turn;
  }

  private add(run: Run, packet: WritePacket): void {
    if (run.keyed) keep(run.keyed, packet);
    this.options.replies.reply(run.request, packet);
  }

  private end(run: Run): void {
    this.streams.delete(run);
    const { request, context, keyed } = run;
    this.options.host.ended(context);
    if (keyed) this.settleKeyed(request, keyed.kept, keyed.isTooLong);
    else this.release(request);
  }

  /** Stores the reply or gives the key up, and gives joined requests the same reply. */
  private settleKeyed(request: HeldRequest, packets: WritePacket[], isTooLong = false): void {
    if (request.isDone) return;
    request.isDone = true;
    const { outcome, joined } = this.gate.leave(request, packets, isTooLong);
    this.keyed.delete(request);
    this.options.replies.finish(request, outcome);
    this.queue.done();
    const isGone = isTooLong && packets.length === 0;
    for (const other of joined) isGone ? this.replyGone(other) : this.replay(other, packets);
  }

  private replyGone(request: HeldRequest): void {
    this.refuse(request, 'UNAVAILABLE', 'Handled before; its reply could not be kept', { retryable: false });
  }

  private replay(request: HeldRequest, packets: WritePacket[]): void {
    for (const packet of packets) this.options.replies.reply(request, { ...packet });
    this.release(request);
  }

  private refuse(
    request: HeldRequest,
    code: RedisTransportErrorCode,
    message: string,
    details?: WireError[3],
  ): void {
    this.options.replies.error(request, code, message, details);
    this.release(request);
  }

  /** Another replica has taken the request over, or will: it answers and settles it. */
  private leaveToOther(request: HeldRequest): void {
    if (request.isDone) return;
    request.isDone = true;
    this.keyed.delete(request);
    this.options.replies.abandon(request);
    this.queue.done();
  }

  /** Ends a request that needs nothing more. */
  private release(request: HeldRequest): void {
    if (request.isDone) return;
    request.isDone = true;
    this.keyed.delete(request);
    this.options.replies.finish(request);
    this.queue.done();
  }
}

function keep(keyed: Keyed, packet: WritePacket): void {
  if (keyed.kept.length >= MOST_KEPT) {
    keyed.isTooLong = true;
    keyed.kept.length = 0;
  }
  if (!keyed.isTooLong || packet.err) keyed.kept.push(packet);
}
