import { randomUUID } from 'node:crypto';
import { ClientProxy, type ReadPacket, type WritePacket } from '@nestjs/microservices';
import { connectable, defer, Observable, Subject } from 'rxjs';
import { CalmLogger } from '../calm-logger.js';
import { LATER_PENDING } from '../lanes.js';
import type { DispatchedPacket } from '../packet-metadata.js';
import { partitionOf } from '../partitions.js';
import { keysOfPartitions } from '../redis/keys.js';
import { RedisRequest } from '../redis-request.js';
import { RedisTransportError } from '../transport-error.js';
import { TransportLogger } from '../transport-logger.js';
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
import type { BatchSender } from './batch-sender.js';
import { eventSender } from './batch-senders.js';
import { ClientCounters, type RedisTransportClientMetrics } from './client-counters.js';
import { ClientLinks } from './client-links.js';
import { Elsewhere } from './elsewhere.js';
import { OutgoingPackets } from './outgoing-packets.js';
import type { PendingEvent } from './pending-event.js';
import type { PendingRequest, RequestOutcome, RequestOwner } from './pending-request.js';
import { PendingSet } from './pending-set.js';
import { ReplyReader } from './reply-reader.js';
import { RequestSenders } from './request-senders.js';

/** How long (ms) `close()` waits for the last writes. */
const CLOSE_FLUSH_MS = 1_000;

/**
 * Sends requests to one service, and events to all, over Redis Streams.
 *
 * `send()` and `emit()` always end in time: with a value, the handler's error, or a `RedisTransportError` at the deadline
 * at the latest. Neither needs `connect()` first. While Redis is away, both wait for it until their deadline.
 */
export class RedisTransportClient extends ClientProxy {
  private readonly logger = new CalmLogger(new TransportLogger(RedisTransportClient.name));
  private readonly limits: Required<RedisTransportClientLimits>;
  private readonly packets: OutgoingPackets;
  private readonly links: ClientLinks;
  private readonly requestSenders: RequestSenders;
  private readonly eventSender: BatchSender<PendingEvent>;
  private readonly pending = new PendingSet();
  private readonly elsewhere = new Elsewhere((request) => this.requestSenders.add(request));
  private readonly reader: ReplyReader;
  private readonly counters = new ClientCounters();
  private readonly owner: RequestOwner = {
    ended: (request, outcome) => this.ended(request, outcome),
    unheard: (error) => this.logger.error(error),
  };
  private isClosed = false;

  constructor(options: RedisTransportClientOptions) {
    super();
    checkNames(options);
    this.limits = checkNumbers(options, CLIENT_BOUNDS);
    this.initializeSerializer(options as NestTransportOptions);
    this.initializeDeserializer(options as NestTransportOptions);
    this.packets = new OutgoingPackets(this.serializer, this.limits);
    const { service, prefix = 'rpc' } = options;
    const keysOf = keysOfPartitions(prefix, service, this.limits.partitions);
    const [keys] = keysOf;
    const clientId = `${options.clientName}.${randomUUID()}`;
    this.reader = new ReplyReader(this.pending.requests, options.deserializer, this.logger, this.elsewhere);
    this.links = new ClientLinks({
      connect: options.connect,
      replyChannels: keysOf.map((each) => each.reply(clientId)),
      onReply: (body) => this.reader.read(body),
      onWritable: () => this.eventSender.open(),
      onReady: () => {
        this.requestSenders.open();
        this._status$.next('connected');
      },
      onRepliesMissed: () => this.repliesMissed(),
      onLost: () => this.pause(),
      logger: this.logger,
    });
    const { links, limits, counters, logger } = this;
    const parts = { clientId, keys, links, limits, counters, logger };
    this.requestSenders = new RequestSenders(parts, { prefix, service });
    const { clientName: publisher, eventStream = 'shared' } = options;
    this.eventSender = eventSender({ ...parts, publisher, eventStream });
  }

  /**
   * Connects. Resolves when requests can be sent and answered.
   *
   * @throws RedisTransportError `UNAVAILABLE` if that takes longer than `deadlineMs`; the client still keeps trying.
   */
  async connect(): Promise<void> {
    if (this.isClosed) throw new RedisTransportError('CLOSED', 'The client is closed');
    this.links.open();
    await this.links.whenReady(this.limits.deadlineMs);
  }

  /** Whether requests can be sent and answered now. */
  isReady(): boolean {
    return this.links.ready;
  }

  /** Writes what is still to be written, ends all other requests with `CLOSED`, and closes the connections for good. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    if (this.links.opened) {
      const written = Promise.all([this.requestSenders.whenIdle(), this.eventSender.whenIdle()]);
      await within(CLOSE_FLUSH_MS, written);
    }
    this.pending.stop();
    const error = new RedisTransportError('CLOSED', 'The client was closed');
    for (const event of this.eventSender.abandon()) event.refused(error);
    this.requestSenders.abandon();
    for (const request of this.pending.requests.values()) request.fail(error);
    await this.links.close();
    this._status$.next('disconnected');
  }

  /** As `ClientProxy.send`, but without waiting for `connect()`: the sender waits, within the deadline. */
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

  /** Completes when Redis has stored the event. Hot, like Nest's own clients. */
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

  /** As in Nest 12. Here, because Nest 11 has no hook: called with each request and event before it is sent. */
  override setOnDispatchHook(hook: (packet: DispatchedPacket) => void): void {
    this.onDispatchHook = hook;
  }

  /** Listens to the ioredis clients. `callback` gets the role (`writer` or `subscriber`) before the event's own arguments. */
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

  /** The partition of requests with this `partitionBy`: requests of different partitions share no stream entry. */
  partitionOf(key: string): number {
    return partitionOf(key, this.limits.partitions);
  }

  /** Whether requests are spread at all. */
  get isParted(): boolean {
    return this.limits.partitions > 1;
  }

  /** A snapshot of plain counters. */
  metrics(): RedisTransportClientMetrics {
    return {
      pending: this.pending.size,
      ...this.counters.totals,
      batches: this.requestSenders.sentCount + this.eventSender.sentCount,
    };
  }

  /** As in Nest 12. */
  protected override createPacket<TInput>(pattern: unknown, data: TInput): ReadPacket {
    const packet: ReadPacket = { pattern, data };
    this.onDispatchHook?.(packet);
    return packet;
  }

  protected override publish(packet: ReadPacket, callback: (packet: WritePacket) => void): () => void {
    try {
      this.admit(isLater(packet) ? LATER_PENDING : 1);
      const number = this.pending.requests.next();
      const request = this.packets.request(number, packet, callback, this.owner);
      this.pending.addRequest(request);
      this.requestSenders.add(request);
      this.counters.totals.sent++;
      return () => request.end();
    } catch (err) {
      callback({ err });
      return () => undefined;
    }
  }

  protected override dispatchEvent<T = unknown>(packet: ReadPacket): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.admit();
      const route = this.normalizePattern(packet.pattern);
      const number = this.pending.events.next();
      const event = this.packets.event(number, packet, route, (error) => {
        this.pending.removeEvent(event);
        if (!error) return resolve(undefined as T);
        this.counters.failed(error);
        reject(error);
      });
      this.pending.addEvent(event);
      this.eventSender.add(event);
    });
  }

  /**
   * @param share of the bounds that this may fill.
   * @throws RedisTransportError if the client is closed or full.
   */
  private admit(share = 1): void {
    if (this.isClosed) throw new RedisTransportError('CLOSED', 'The client is closed');
    const { maxPending, maxPendingBytes } = this.limits;
    if (this.pending.size < maxPending * share && this.pending.bytes < maxPendingBytes * share) return;
    const error = this.counters.overloaded('Too many requests of this client wait for an answer');
    this.counters.failed(error);
    throw error;
  }

  private ended(request: PendingRequest, outcome: RequestOutcome): void {
    this.pending.removeRequest(request);
    if (outcome === 'replied') this.counters.replied(performance.now() - request.startedAt);
    else if (outcome !== 'given up') this.counters.failed(outcome);
  }

  private pause(): void {
    this.requestSenders.pause();
    if (!this.links.writer.ready) this.eventSender.pause();
    if (!this.isClosed) this._status$.next('reconnecting');
  }

  private repliesMissed(): void {
    for (const request of this.pending.lost())
      request.fail(new RedisTransportError('REPLY_LOST', 'The connection for replies broke'));
    for (const request of this.pending.repeatable()) {
      request.isStored = false;
      request.mayBeHandled = true;
      request.timesLost++;
      this.counters.totals.resent++;
      this.requestSenders.add(request);
    }
  }
}

const isLater = ({ data }: ReadPacket): boolean =>
  data instanceof RedisRequest && data.options.lane === 'later';
