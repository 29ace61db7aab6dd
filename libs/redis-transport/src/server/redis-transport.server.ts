import { randomUUID } from 'node:crypto';
import {
  type CustomTransportStrategy,
  type IncomingRequest,
  IncomingRequestDeserializer,
  type MessageHandler,
  Server,
  type Transport,
} from '@nestjs/microservices';
import { RedisLink } from '../redis-link.js';
import type { RedisTransportContext } from '../redis-transport.context.js';
import { TransportKeys } from '../transport-keys.js';
import {
  checkNames,
  checkNumbers,
  type NestTransportOptions,
  type RedisConnection,
  type RedisTransportServerLimits,
  type RedisTransportServerOptions,
  SERVER_BOUNDS,
} from '../transport-options.js';
import { BroadcastReader } from './broadcast-reader.js';
import { EventConsumer } from './event-consumer.js';
import type { HandlerHost } from './handler-host.js';
import { RedisClock } from './redis-clock.js';
import { RequestConsumer } from './request-consumer.js';

/** The transport's id: what `@MessagePattern(pattern, REDIS_STREAMS)` binds to alone. */
export const REDIS_STREAMS = Symbol('REDIS_STREAMS');

// biome-ignore lint/suspicious/noExplicitAny: the arguments differ by event, as in Nest's own servers.
type TransportListener = (...args: any[]) => void;

/** What {@link RedisTransportServer.metrics} reports; all but `inFlight`, `queued` and `queueDepth` only grow. */
export interface RedisTransportServerMetrics {
  /** Requests whose handler succeeded, and events whose handlers ended. */
  handled: number;
  /** Requests and events whose handler failed. */
  failed: number;
  /** Requests that were not handled, or not to the end, because their deadline had passed. */
  expired: number;
  /** Requests and events taken over from a replica that was silent. */
  takenOver: number;
  /** Requests and events set aside. */
  setAside: number;
  /** Handlers running now. */
  inFlight: number;
  /** Requests and events read whose handler does not run yet. */
  queued: number;
  /** Requests queued or in hand at all replicas together, as of about a second ago. */
  queueDepth: number;
  /** Writes to Redis that carried replies and acknowledgements. */
  batches: number;
  /** Broadcast events trimmed away before they could be read. */
  lostEvents: number;
}

/**
 * Serves the requests and events of one service over Redis Streams; pass it to Nest as `strategy`.
 *
 * Each request is handled by one replica, and again by another only when that one dies. Events are handled once for each
 * service; with `@EventPattern(pattern, { broadcast: true })` by every replica.
 */
export class RedisTransportServer
  extends Server<Record<string, TransportListener>>
  implements CustomTransportStrategy, HandlerHost
{
  override transportId: Transport | symbol = REDIS_STREAMS;
  private readonly limits: Required<RedisTransportServerLimits>;
  private readonly keys: TransportKeys;
  private readonly consumer = randomUUID();
  private readonly writer: RedisLink;
  private readonly links: Map<string, RedisLink>;
  private readonly clock: RedisClock;
  private readonly broadcastHandlers = new Map<string, MessageHandler>();
  private readonly routes = new Map<string, MessageHandler>();
  private requests?: RequestConsumer;
  private events?: EventConsumer;
  private broadcasts?: BroadcastReader;
  private trusting = false;
  private isClosed = false;

  constructor(private readonly options: RedisTransportServerOptions) {
    super();
    checkNames(options);
    this.limits = checkNumbers(options, SERVER_BOUNDS);
    this.initializeSerializer(options as NestTransportOptions);
    this.initializeDeserializer(options as NestTransportOptions);
    this.trusting = this.deserializer.constructor === IncomingRequestDeserializer;
    this.keys = new TransportKeys(options.prefix ?? 'rpc', options.service);
    this.links = new Map(
      ['writer', 'reader', 'events', 'broadcasts'].map((role) => [role, this.createLink(role)]),
    );
    this.writer = this.links.get('writer')!;
    this.clock = new RedisClock(this.writer, this.keys.requests(), (error) => this.logger.error(error));
    this.writer.on('ready', () => void this.clock.start().catch((error) => this.logger.error(error)));
  }

  /**
   * Connects, joins the group and begins to read; while Redis is away it waits for it.
   *
   * @param callback called once requests are served, or with what Redis answered when it refuses
   */
  async listen(callback: (error?: unknown) => void): Promise<void> {
    try {
      await this.start();
      callback();
    } catch (error) {
      callback(error);
    }
  }

  /** Whether requests (and events, where there are handlers for any) are being read right now. */
  isReady(): boolean {
    if (this.isClosed || !this.writer.ready) return false;
    return [this.requests?.reader, this.events?.reader, this.broadcasts].every(
      (reader) => reader?.ready ?? true,
    );
  }

  /** Stops reading, waits up to `drainMs` for what is in hand, leaves the group and closes the connections, for good. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    await Promise.all([this.requests?.stop(), this.events?.stop(), this.broadcasts?.stop(this.writer)]);
    this.clock.stop();
    await Promise.all([...this.links.values()].map((link) => link.close()));
    this._status$.next('disconnected');
  }

  /** Listens to the ioredis clients; `callback` gets the role (`writer`, `reader`, …) before the event's own arguments. */
  on(event: string, callback: TransportListener): void {
    for (const [role, link] of this.links) {
      link.on('client', (client) => client.on(event, (...args: unknown[]) => callback(role, ...args)));
      if (link.opened) link.client.on(event, (...args: unknown[]) => callback(role, ...args));
    }
  }

  /** The ioredis clients: writer, reader, and readers of events where there are handlers. @throws Error before `listen`. */
  unwrap<T = RedisConnection[]>(): T {
    const open = [...this.links.values()].filter((link) => link.opened || link === this.writer);
    return open.map((link) => link.client) as T;
  }

  /** A snapshot of plain counters. */
  metrics(): RedisTransportServerMetrics {
    const runners = [this.requests?.runner, this.events?.runner, this.broadcasts?.runner].filter(
      (runner) => !!runner,
    );
    const consumers = [this.requests, this.events].filter((consumer) => !!consumer);
    const sum = <T>(items: T[], value: (item: T) => number) =>
      items.reduce((total, item) => total + value(item), 0);
    return {
      handled: sum(runners, (runner) => runner.counters.handled),
      failed: sum(runners, (runner) => runner.counters.failed),
      expired: this.requests?.runner.counters.expired ?? 0,
      takenOver: sum(consumers, (consumer) => consumer.counters.takenOver),
      setAside: sum(consumers, (consumer) => consumer.counters.setAside),
      inFlight: sum(runners, (runner) => runner.queue.inFlight),
      queued: sum(runners, (runner) => runner.queue.queued),
      queueDepth: this.requests?.queueDepth ?? 0,
      batches: this.requests?.replies.sentCount ?? 0,
      lostEvents: this.broadcasts?.counters.lost ?? 0,
    };
  }

  /** As Nest's, but keeps broadcast handlers apart: they hear every event, the others each event once per service. */
  override addHandler(
    // biome-ignore lint/suspicious/noExplicitAny: Nest's own signature.
    pattern: any,
    callback: MessageHandler,
    isEventHandler = false,
    // biome-ignore lint/suspicious/noExplicitAny: Nest's own signature.
    extras: Record<string, any> = {},
  ): void {
    if (!isEventHandler || extras?.['broadcast'] !== true) {
      super.addHandler(pattern, callback, isEventHandler, extras);
      return;
    }
    callback.isEventHandler = true;
    callback.extras = extras;
    const route = this.normalizePattern(pattern);
    let tail = this.broadcastHandlers.get(route);
    while (tail?.next) tail = tail.next as MessageHandler;
    if (tail) tail.next = callback;
    else this.broadcastHandlers.set(route, callback);
  }

  /** Part of `HandlerHost`. */
  findHandler(pattern: unknown): { route: string; handler: MessageHandler | undefined } {
    const text = typeof pattern === 'string' ? pattern : this.getPatternAsString(pattern);
    const known = this.routes.get(text);
    if (known) return { route: text, handler: known };
    const handler = this.getHandlerByPattern(text) ?? undefined;
    // Only patterns that lead somewhere are remembered: what clients make up must not fill the memory.
    if (handler && this.messageHandlers.has(text)) this.routes.set(text, handler);
    return { route: text, handler };
  }

  /** Part of `HandlerHost`. */
  deserialize(packet: unknown): IncomingRequest | Promise<IncomingRequest> {
    const { pattern } = packet as IncomingRequest;
    if (this.trusting && pattern !== undefined) return packet as IncomingRequest;
    return this.deserializer.deserialize(packet, { channel: pattern }) as
      | IncomingRequest
      | Promise<IncomingRequest>;
  }

  /** Part of `HandlerHost`. */
  around(context: RedisTransportContext, work: () => Promise<void>): void {
    this.onProcessingStartHook(this.transportId, context, work);
  }

  /** Part of `HandlerHost`. */
  ended(context: RedisTransportContext): void {
    try {
      this.onProcessingEndHook?.(this.transportId, context);
    } catch (error) {
      // The request is answered all the same: what failed only watches.
      this.logger.error(error);
    }
  }

  private async start(): Promise<void> {
    const hasEvents = [...this.messageHandlers.values()].some((handler) => handler.isEventHandler);
    const hasBroadcasts = this.broadcastHandlers.size > 0;
    this.requests = new RequestConsumer({
      ...this.parts('reader'),
      serializer: this.serializer,
      clock: this.clock,
    });
    const roles = ['writer', 'reader', hasEvents && 'events', hasBroadcasts && 'broadcasts'];
    const open = roles.filter((role) => role !== false).map((role) => this.links.get(role)!);
    for (const link of open) link.open();
    this.writer.watch();
    await Promise.all(open.map((link) => link.whenReady()));
    await this.clock.start();
    await this.requests.reader.join();
    if (hasEvents) {
      const handler = (route: string) => eventHandler(this.messageHandlers.get(route));
      this.events = new EventConsumer({ ...this.parts('events'), handler });
      await this.events.join();
    }
    if (hasBroadcasts) await this.startBroadcasts();
    this.requests.start();
    this.events?.start();
  }

  private async startBroadcasts(): Promise<void> {
    const { maxInFlight, drainMs } = this.limits;
    this.broadcasts = new BroadcastReader({
      ...this.parts('broadcasts'),
      link: this.links.get('broadcasts')!,
      handler: (route) => this.broadcastHandlers.get(route),
      maxInFlight,
      drainMs,
    });
    await this.broadcasts.start();
  }

  private parts(reader: string) {
    const { service } = this.options;
    const { limits, keys, consumer, writer, logger } = this;
    return { service, consumer, limits, keys, writer, reader: this.links.get(reader)!, host: this, logger };
  }

  private createLink(role: string): RedisLink {
    const link = new RedisLink(this.options.connect, role, this.logger);
    link.on('ready', () => this._status$.next('connected'));
    link.on('lost', () => !this.isClosed && this._status$.next('reconnecting'));
    return link;
  }
}

function eventHandler(handler: MessageHandler | undefined): MessageHandler | undefined {
  return handler?.isEventHandler ? handler : undefined;
}
