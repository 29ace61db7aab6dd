import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { ClientProxy, type ReadPacket, type WritePacket } from '@nestjs/microservices';
import { connectable, defer, Observable, Subject } from 'rxjs';
import { appendEvents } from '../append-events.js';
import { enqueueRequests } from '../enqueue-requests.js';
import { RedisRequest, type RedisRequestOptions } from '../redis-request.js';
import { RedisTransportError } from '../transport-error.js';
import { TransportKeys } from '../transport-keys.js';
import {
  CLIENT_BOUNDS,
  checkNames,
  checkNumbers,
  type NestTransportOptions,
  type RedisConnection,
  type RedisTransportClientLimits,
  type RedisTransportClientOptions,
} from '../transport-options.js';
import { within } from '../within.js';
import { BatchSender } from './batch-sender.js';
import { ClientLinks } from './client-links.js';
import { DeadlineSweep } from './deadline-sweep.js';
import { encodeBatch } from './encode-batch.js';
import { PendingEvent } from './pending-event.js';
import { PendingRequest, type RequestOwner } from './pending-request.js';
import { ReplyReader } from './reply-reader.js';

/** Bounds of the hint in `OVERLOADED`, ms: about what a request takes through the queue right now. */
const RETRY_AFTER_MS = { min: 50, max: 5_000 };
/** V8 keeps each string of up to 10 characters that it parses from JSON in its table of names: costly for ids, which never recur. */
const ID_LENGTH = 11;
/** How long (ms) `close()` waits for what is still to be written. */
const CLOSE_FLUSH_MS = 1_000;

/** What {@link RedisTransportClient.metrics} reports; all but `pending` only grow. */
export interface RedisTransportClientMetrics {
  /** Requests and events waiting for an answer now. */
  pending: number;
  sent: number;
  replied: number;
  /** Requests that the transport ended with an error, by code. */
  overloaded: number;
  expired: number;
  unavailable: number;
  /** Batches written, repetitions included. */
  batches: number;
  /** Keyed and repeatable requests sent again after a connection was lost. */
  resent: number;
}

/**
 * Asks one service, and emits events to all, over Redis Streams.
 *
 * `send()` and `emit()` promise an end in time: a value, the handler's error, or a `RedisTransportError` not later than
 * the deadline. Neither needs `connect()` first, and both wait for Redis, within their deadline, while it is away.
 */
export class RedisTransportClient extends ClientProxy {
  private readonly logger = new Logger(RedisTransportClient.name);
  private readonly limits: Required<RedisTransportClientLimits>;
  private readonly keys: TransportKeys;
  private readonly clientId: string;
  private readonly links: ClientLinks;
  private readonly requestSender: BatchSender<PendingRequest>;
  private readonly eventSender: BatchSender<PendingEvent>;
  private readonly requests = new Map<string, PendingRequest>();
  private readonly events = new Set<PendingEvent>();
  private readonly sweep = new DeadlineSweep(() => this.waiting());
  private readonly reader: ReplyReader;
  private readonly owner: RequestOwner = { ended: (request, replied) => this.ended(request, replied) };
  private readonly counters = { sent: 0, replied: 0, overloaded: 0, expired: 0, unavailable: 0, resent: 0 };
  private lastId = 0;
  private latencyMs = 0;
  private isClosed = false;

  constructor(options: RedisTransportClientOptions) {
    super();
    checkNames(options);
    this.limits = checkNumbers(options, CLIENT_BOUNDS);
    this.initializeSerializer(options as NestTransportOptions);
    this.initializeDeserializer(options as NestTransportOptions);
    this.keys = new TransportKeys(options.prefix ?? 'rpc', options.service);
    this.clientId = `${options.clientName}.${randomUUID()}`;
    this.reader = new ReplyReader(this.requests, this.deserializer, this.logger);
    this.links = new ClientLinks({
      connect: options.connect,
      replyChannel: this.keys.reply(this.clientId),
      onReply: (body) => this.reader.read(body),
      onWritable: () => this.eventSender.open(),
      onReady: () => {
        this.requestSender.open();
        this._status$.next('connected');
      },
      onRepliesMissed: () => this.resendRepeatable(),
      onLost: () => this.pause(),
      logger: this.logger,
    });
    this.requestSender = this.createRequestSender();
    this.eventSender = this.createEventSender();
  }

  /**
   * Connects. Resolves when requests can be sent and answered.
   *
   * @throws RedisTransportError `UNAVAILABLE` when that takes longer than `deadlineMs`; it goes on trying all the same.
   */
  async connect(): Promise<void> {
    if (this.isClosed) throw new RedisTransportError('CLOSED', 'The client is closed');
    this.links.open();
    await this.links.whenReady(this.limits.deadlineMs);
  }

  /** Whether requests can be sent and answered right now. */
  isReady(): boolean {
    return this.links.ready;
  }

  /** Writes what waits to be written, ends all other requests with `CLOSED` and closes the connections, for good. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    if (this.links.opened) {
      const written = Promise.all([this.requestSender.whenIdle(), this.eventSender.whenIdle()]);
      await within(CLOSE_FLUSH_MS, written);
    }
    this.sweep.stop();
    const error = new RedisTransportError('CLOSED', 'The client was closed');
    for (const event of this.eventSender.abandon()) event.refused(error);
    this.requestSender.abandon();
    for (const request of [...this.requests.values()]) request.fail(error);
    await this.links.close();
    this._status$.next('disconnected');
  }

  /** The transport's path is `ClientProxy.send`'s, less its wait for `connect()`: the sender waits, within the deadline. */
  override send<TResult = unknown, TInput = unknown>(pattern: unknown, value: TInput): Observable<TResult> {
    if (pattern === undefined || pattern === null || value === undefined || value === null) {
      return super.send(pattern, value);
    }
    return new Observable<TResult>((observer) => {
      const callback = this.createObserver(observer);
      if (!this.isClosed) this.links.open();
      return this.publish(this.createPacket(pattern, value), callback);
    });
  }

  /** Completes when Redis has stored the event; hot, as with Nest's own clients. */
  override emit<TResult = unknown, TInput = unknown>(pattern: unknown, value: TInput): Observable<TResult> {
    if (pattern === undefined || pattern === null || value === undefined || value === null) {
      return super.emit(pattern, value);
    }
    const source = connectable(
      defer(() => {
        if (!this.isClosed) this.links.open();
        return this.dispatchEvent<TResult>(this.createPacket(pattern, value));
      }),
      { connector: () => new Subject<TResult>(), resetOnDisconnect: false },
    );
    source.connect();
    return source;
  }

  /** Listens to the ioredis clients; `callback` gets the role (`writer` or `subscriber`) before the event's own arguments. */
  // biome-ignore lint/suspicious/noExplicitAny: the arguments differ by event, as in Nest's own clients.
  override on(event: string, callback: (...args: any[]) => void): void {
    for (const [role, link] of this.links.roles()) {
      link.on('client', (client) => client.on(event, (...args: unknown[]) => callback(role, ...args)));
      if (link.opened) link.client.on(event, (...args: unknown[]) => callback(role, ...args));
    }
  }

  /** The ioredis clients: writer and subscriber. @throws Error before `connect()` or the first request. */
  override unwrap<T = [RedisConnection, RedisConnection]>(): T {
    return this.links.roles().map(([, link]) => link.client) as T;
  }

  /** A snapshot of plain counters. */
  metrics(): RedisTransportClientMetrics {
    return {
      pending: this.requests.size + this.events.size,
      ...this.counters,
      batches: this.requestSender.sentCount + this.eventSender.sentCount,
    };
  }

  protected override publish(packet: ReadPacket, callback: (packet: WritePacket) => void): () => void {
    const refusal = this.refusal();
    if (refusal) {
      callback({ err: refusal });
      return () => undefined;
    }
    try {
      const request = this.createRequest(packet, callback);
      this.requests.set(request.id, request);
      this.sweep.watch(request.deadlineAt);
      this.requestSender.add(request);
      this.counters.sent++;
      return () => request.end();
    } catch (err) {
      callback({ err });
      return () => undefined;
    }
  }

  protected override dispatchEvent<T = unknown>(packet: ReadPacket): Promise<T> {
    const refusal = this.refusal();
    if (refusal) return Promise.reject(refusal);
    return new Promise<T>((resolve, reject) => {
      const { value, deadlineMs } = this.unwrapRecord(packet);
      const outgoing = { ...packet, data: value };
      const json = JSON.stringify(this.serializer.serialize(outgoing as never));
      const event = new PendingEvent(
        this.normalizePattern(packet.pattern),
        json,
        deadlineMs,
        (settled, error) => {
          this.events.delete(settled);
          if (error) reject(this.count(error));
          else resolve(undefined as T);
        },
      );
      this.events.add(event);
      this.sweep.watch(event.deadlineAt);
      this.eventSender.add(event);
    });
  }

  private createRequest(packet: ReadPacket, callback: (packet: WritePacket) => void): PendingRequest {
    const { value, deadlineMs, idempotencyKey, isRepeatable = false } = this.unwrapRecord(packet);
    const id = String(++this.lastId).padStart(ID_LENGTH, '0');
    const outgoing = packet.metadata
      ? { pattern: packet.pattern, data: value, metadata: packet.metadata, id }
      : { pattern: packet.pattern, data: value, id };
    const json = JSON.stringify(this.serializer.serialize(outgoing));
    const answer = (reply: WritePacket) => {
      if (reply.err instanceof RedisTransportError) this.count(reply.err);
      callback(reply);
    };
    return new PendingRequest(id, json, deadlineMs, idempotencyKey, isRepeatable, answer, this.owner);
  }

  private unwrapRecord(
    packet: ReadPacket,
  ): { value: unknown } & RedisRequestOptions & { deadlineMs: number } {
    if (!(packet.data instanceof RedisRequest))
      return { value: packet.data, deadlineMs: this.limits.deadlineMs };
    const { data, options } = packet.data as RedisRequest;
    const deadlineMs = options.deadlineMs ?? this.limits.deadlineMs;
    const [, , max] = CLIENT_BOUNDS.deadlineMs;
    if (!(deadlineMs > 0 && deadlineMs <= max))
      throw new RangeError(`deadlineMs must be above 0, at most ${max}`);
    return { ...options, value: data, deadlineMs };
  }

  private refusal(): RedisTransportError | undefined {
    if (this.isClosed) return new RedisTransportError('CLOSED', 'The client is closed');
    if (this.requests.size + this.events.size < this.limits.maxPending) return undefined;
    return this.count(this.overloaded('Too many requests of this client wait for an answer'));
  }

  private ended(request: PendingRequest, replied: boolean): void {
    this.requests.delete(request.id);
    if (!replied) return;
    this.counters.replied++;
    // A moving average over about the last 16 replies: a hint for those who are refused, not a measurement.
    this.latencyMs += (performance.now() - request.startedAt - this.latencyMs) / 16;
  }

  private count(error: RedisTransportError): RedisTransportError {
    if (error.code === 'OVERLOADED') this.counters.overloaded++;
    else if (error.code === 'DEADLINE_EXCEEDED') this.counters.expired++;
    else if (error.code === 'UNAVAILABLE') this.counters.unavailable++;
    return error;
  }

  private overloaded(message: string): RedisTransportError {
    const { min, max } = RETRY_AFTER_MS;
    return new RedisTransportError('OVERLOADED', message, {
      retryAfterMs: Math.round(Math.min(max, Math.max(min, this.latencyMs))),
    });
  }

  private createRequestSender(): BatchSender<PendingRequest> {
    const keys = {
      requests: this.keys.requests(),
      depth: this.keys.depth(),
      sent: this.keys.sent(this.clientId),
    };
    return new BatchSender({
      ...this.limits,
      logger: this.logger,
      overloaded: () => this.overloaded('The queue of the service is full'),
      submit: (batch, items) => {
        const body = encodeBatch(`${this.links.sharded ? '+' : ''}${this.clientId}`, items);
        return this.links.writer.run((client) =>
          enqueueRequests(client, keys, batch, this.limits.maxQueue, items.length, body),
        );
      },
    });
  }

  private createEventSender(): BatchSender<PendingEvent> {
    const keys = { events: this.keys.events(), sent: this.keys.eventsSent(this.clientId) };
    return new BatchSender({
      ...this.limits,
      logger: this.logger,
      overloaded: () => this.overloaded('The events stream is full'),
      submit: (batch, items) =>
        this.links.writer.run((client) => appendEvents(client, keys, batch, this.limits.maxEvents, items)),
    });
  }

  private pause(): void {
    this.requestSender.pause();
    if (!this.links.writer.ready) this.eventSender.pause();
    if (!this.isClosed) this._status$.next('reconnecting');
  }

  private resendRepeatable(): void {
    for (const request of this.requests.values()) {
      const mayRepeat = request.isRepeatable || request.idempotencyKey !== undefined;
      if (!mayRepeat || !request.isStored) continue;
      request.isStored = false;
      this.counters.resent++;
      this.requestSender.add(request);
    }
  }

  private *waiting() {
    yield* this.requests.values();
    yield* this.events;
  }
}
