import {
  type CustomTransportStrategy,
  type IncomingRequest,
  type MessageHandler,
  Server,
  type Transport,
} from '@nestjs/microservices';
import { CalmLogger } from '../calm-logger.js';
import { LANES } from '../lanes.js';
import { TransportKeys } from '../redis/keys.js';
import type { RedisTransportContext } from '../redis-transport.context.js';
import { TransportLogger } from '../transport-logger.js';
import {
  checkNames,
  checkNumbers,
  type NestTransportOptions,
  type RedisConnection,
  type RedisTransportServerOptions,
  SERVER_BOUNDS,
} from '../transport-options.js';
import { EventSources } from './event-sources.js';
import type { HandlerHost } from './handler-host.js';
import { type Reads, type RedisTransportServerMetrics, ServiceWorkers } from './service-workers.js';

/** The transport's id, which `@MessagePattern(pattern, REDIS_STREAMS)` binds to exclusively. */
export const REDIS_STREAMS = Symbol('REDIS_STREAMS');

// biome-ignore lint/suspicious/noExplicitAny: the arguments differ by event, as in Nest's own servers.
type TransportListener = (...args: any[]) => void;

/**
 * Serves the requests and events of one service over Redis Streams; pass it to Nest as `strategy`.
 *
 * One replica handles each request; another one handles it again only if the first dies. Each service handles an event
 * once; with `@EventPattern(pattern, { broadcast: true })`, every replica does. `@MessagePattern(pattern, { lapsed: true })`
 * handles a request that another replica may have begun before it died, and whose deadline has passed since.
 */
export class RedisTransportServer
  extends Server<Record<string, TransportListener>>
  implements CustomTransportStrategy, HandlerHost
{
  override transportId: Transport | symbol = REDIS_STREAMS;
  /** Nest's own code of a server logs through this, too. */
  protected override readonly logger = new TransportLogger(RedisTransportServer.name);
  private readonly workers: ServiceWorkers;
  private readonly onceEvents = new EventSources();
  private readonly broadcastEvents = new EventSources();
  private readonly alsoShared: boolean;
  private readonly readsLater: boolean | undefined;
  private readonly queuesItself: (pattern: string) => boolean;
  private readonly lapsedHandlers = new Map<string, MessageHandler>();
  private readonly routes = new Map<string, MessageHandler>();
  /** Nest's default deserializer leaves Nest's own packets unchanged, and ours always are Nest's. */
  private readonly trusting: boolean;
  private readonly calmLogger = new CalmLogger(this.logger);
  private isClosed = false;

  constructor(options: RedisTransportServerOptions) {
    super();
    checkNames(options);
    this.initializeSerializer(options as NestTransportOptions);
    this.initializeDeserializer(options as NestTransportOptions);
    this.trusting = options.deserializer === undefined;
    this.alsoShared = options.alsoShared ?? false;
    this.readsLater = options.readsLater;
    this.queuesItself = options.hasOwnQueue ?? (() => false);
    const { service, prefix = 'rpc' } = options;
    this.workers = new ServiceWorkers({
      service,
      prefix,
      connect: options.connect,
      limits: checkNumbers(options, SERVER_BOUNDS),
      keys: new TransportKeys(prefix, service),
      host: this,
      logger: this.calmLogger,
      onStatus: (status) => this._status$.next(status),
    });
  }

  /**
   * Connects, joins the group and begins to read. While Redis is away, it waits.
   *
   * @param callback called when requests are served, or with Redis's error if it refuses
   */
  async listen(callback: (error?: unknown) => void): Promise<void> {
    try {
      await this.workers.start(this.reads(), this.serializer);
      callback();
    } catch (error) {
      callback(error);
    }
  }

  /** Whether requests (and events, if any have handlers) are being read now. */
  isReady(): boolean {
    return !this.isClosed && this.workers.ready;
  }

  /** Stops reading, waits up to `drainMs` for what is in hand, leaves the group, and closes the connections for good. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    await this.workers.stop();
    this._status$.next('disconnected');
  }

  /** Listens to the ioredis clients. `callback` gets the role (`writer`, `reader`, …) before the event's own arguments. */
  on(event: string, callback: TransportListener): void {
    this.workers.eachLink((role, link) => {
      link.on('client', (client) => client.on(event, (...args: unknown[]) => callback(role, ...args)));
      if (link.opened) link.client.on(event, (...args: unknown[]) => callback(role, ...args));
    });
  }

  /** The ioredis clients: writer, reader, further readers of requests, and readers of events if any have handlers. @throws Error before `listen`. */
  unwrap<T = RedisConnection[]>(): T {
    const links = this.workers.roles().filter(([role, link]) => link.opened || role === 'writer');
    return links.map(([, link]) => link.client) as T;
  }

  /** A snapshot of plain counters. */
  metrics(): RedisTransportServerMetrics {
    return this.workers.metrics();
  }

  /**
   * As Nest's, but separates broadcast handlers, which get every event (the others get each event once per service), event
   * handlers that hear one publisher (`from`), and handlers of lapsed requests.
   */
  override addHandler(
    // biome-ignore lint/suspicious/noExplicitAny: Nest's own signature.
    pattern: any,
    callback: MessageHandler,
    isEventHandler = false,
    // biome-ignore lint/suspicious/noExplicitAny: Nest's own signature.
    extras: Record<string, any> = {},
  ): void {
    if (!isEventHandler && extras?.['lapsed'] === true) {
      callback.extras = extras;
      this.lapsedHandlers.set(this.normalizePattern(pattern), callback);
      return;
    }
    if (!isEventHandler) {
      super.addHandler(pattern, callback, isEventHandler, extras);
      return;
    }
    const route = this.normalizePattern(pattern);
    const isBroadcast = extras?.['broadcast'] === true;
    callback.isEventHandler = true;
    callback.extras = extras;
    const sources = isBroadcast ? this.broadcastEvents : this.onceEvents;
    sources.add(route, callback, extras?.['from']);
    // For Nest's own list of handlers.
    if (!isBroadcast && !this.messageHandlers.has(route)) super.addHandler(pattern, callback, true, extras);
  }

  /** Part of `HandlerHost`. */
  findHandler(pattern: unknown): { route: string; handler: MessageHandler | undefined } {
    const text = this.textOf(pattern);
    const known = this.routes.get(text);
    if (known) return { route: text, handler: known };
    const handler = this.getHandlerByPattern(text) ?? undefined;
    // Only patterns with a handler are remembered: invented patterns must not fill the memory.
    if (handler && this.messageHandlers.has(text)) this.routes.set(text, handler);
    return { route: text, handler };
  }

  /** Part of `HandlerHost`. */
  hasOwnQueue(route: string): boolean {
    return this.queuesItself(route);
  }

  /** Part of `HandlerHost`. */
  findLapsedHandler(pattern: unknown): { route: string; handler: MessageHandler | undefined } {
    const route = this.textOf(pattern);
    return { route, handler: this.lapsedHandlers.get(route) };
  }

  /** Part of `HandlerHost`. */
  deserialize(packet: unknown): IncomingRequest | Promise<IncomingRequest> {
    const pattern: unknown = (packet as Partial<IncomingRequest> | null | undefined)?.pattern;
    if (this.trusting && pattern !== undefined) return packet as IncomingRequest;
    return this.deserializer.deserialize(packet, { channel: pattern }) as
      | IncomingRequest
      | Promise<IncomingRequest>;
  }

  /** Part of `HandlerHost`. */
  around(
    context: RedisTransportContext,
    work: () => Promise<void>,
    failed = (error: unknown) => this.calmLogger.error(error),
  ): void {
    // Nest types the hook as if it returned nothing. One that is asynchronous may reject, which nobody else would handle.
    const end = this.onProcessingStartHook(this.transportId, context, work) as PromiseLike<void> | undefined;
    end?.then?.(undefined, failed);
  }

  /** Part of `HandlerHost`. */
  ended(context: RedisTransportContext): void {
    try {
      this.onProcessingEndHook?.(this.transportId, context);
    } catch (error) {
      // The request is answered anyway: the hook that failed only observes.
      this.calmLogger.error(error);
    }
  }

  private textOf(pattern: unknown): string {
    // JSON has no text for a pattern that is missing.
    return typeof pattern === 'string' ? pattern : (this.getPatternAsString(pattern) ?? '');
  }

  private reads(): Reads {
    const { onceEvents, broadcastEvents, alsoShared } = this;
    const hasRequests = () => [...this.messageHandlers.values()].some((handler) => !handler.isEventHandler);
    const lanes = (this.readsLater ?? hasRequests()) ? LANES : LANES.slice(0, 1);
    return { lanes, once: onceEvents.list(alsoShared), broadcast: broadcastEvents.list(alsoShared) };
  }
}
