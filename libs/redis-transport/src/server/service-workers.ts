import { randomUUID } from 'node:crypto';
import type { LoggerService } from '@nestjs/common';
import type { Serializer } from '@nestjs/microservices';
import type { TransportKeys } from '../redis/keys.js';
import { faultKind } from '../redis-fault.js';
import { RedisLink } from '../redis-link.js';
import type { RedisConnection, RedisTransportServerLimits } from '../transport-options.js';
import { BroadcastReader } from './broadcast-reader.js';
import { EventConsumer } from './event-consumer.js';
import type { FindEventHandlers } from './event-runner.js';
import type { HandlerHost } from './handler-host.js';
import { RedisClock } from './redis-clock.js';
import { RequestConsumer } from './request-consumer.js';

/** How long (ms) until a start that Redis could not allow is tried again. */
const AGAIN_AFTER_MS = 100;

/** The result of {@link RedisTransportServer.metrics}. All but `inFlight`, `queued`, `queueDepth` and `eventLag` only grow. */
export interface RedisTransportServerMetrics {
  /** Requests whose handler succeeded, and events whose handlers ended. */
  handled: number;
  /** Requests and events whose handler failed. */
  failed: number;
  /** Requests that were not handled, or not completely, because their deadline had passed. */
  expired: number;
  /** Requests and events taken over from silent replicas. */
  takenOver: number;
  /** Requests and events set aside. */
  setAside: number;
  /** Runs of events after a failed one. */
  retried: number;
  /** Handlers running now. */
  inFlight: number;
  /** Requests and events that were read but whose handler is not running yet. */
  queued: number;
  /** Requests queued or in hand at all replicas together, about a second ago. */
  queueDepth: number;
  /** Writes to Redis with replies and acknowledgements. */
  batches: number;
  /** Events that were trimmed before this replica (broadcast ones) or any replica of the service could read them. */
  lostEvents: number;
  /** Events that the service has still to read, when this replica last looked. */
  eventLag: number;
}

export interface ServiceWorkersOptions {
  service: string;
  connect: () => RedisConnection;
  limits: Required<RedisTransportServerLimits>;
  keys: TransportKeys;
  host: HandlerHost;
  logger: LoggerService;
  onStatus: (status: 'connected' | 'reconnecting') => void;
}

/** How to find the handlers of an event; absent if there are none. */
export interface EventHandlers {
  once?: FindEventHandlers;
  /** The routes of `once`. */
  patterns: readonly string[];
  broadcast?: FindEventHandlers;
}

/** One replica's connections, and the readers of its requests, events and broadcast events. */
export class ServiceWorkers {
  readonly links: ReadonlyMap<string, RedisLink>;
  private readonly writer: RedisLink;
  private readonly clock: RedisClock;
  private readonly consumer = randomUUID();
  private requests?: RequestConsumer;
  private events?: EventConsumer;
  private broadcasts?: BroadcastReader;
  private isStarted = false;
  private isStopped = false;

  constructor(private readonly options: ServiceWorkersOptions) {
    const { keys, logger } = options;
    const roles = ['writer', 'reader', 'events', 'broadcasts'];
    this.links = new Map(roles.map((role) => [role, this.createLink(role)]));
    this.writer = this.link('writer');
    this.clock = new RedisClock(this.writer, keys.requests(), (error) => logger.error(error));
    this.writer.on('ready', () => void this.clock.start().catch((error) => logger.error(error)));
  }

  /** Whether everything that has handlers is being read. */
  get ready(): boolean {
    const readers = [this.requests?.reader, this.events?.reader, this.broadcasts];
    return this.isStarted && this.writer.ready && readers.every((reader) => reader?.ready ?? true);
  }

  /** Connects and begins to read. @throws Redis's error if it refuses. */
  async start(handlers: EventHandlers, serializer: Serializer): Promise<void> {
    const roles = ['writer', 'reader', handlers.once && 'events', handlers.broadcast && 'broadcasts'];
    const links = roles.filter((role) => typeof role === 'string').map((role) => this.link(role));
    this.requests = new RequestConsumer({ ...this.parts('reader'), serializer, clock: this.clock });
    const { once, patterns } = handlers;
    if (once) this.events = new EventConsumer({ ...this.parts('events'), handlers: once, patterns });
    if (handlers.broadcast) this.broadcasts = this.createBroadcasts(handlers.broadcast);
    for (const link of links) link.open();
    this.writer.watch();
    await this.whileAway(async () => {
      await Promise.all(links.map((link) => link.whenReady()));
      await this.clock.start();
      await this.requests?.reader.join();
      await this.events?.join();
      await this.broadcasts?.start();
    });
    this.requests.start();
    this.events?.start();
    this.isStarted = true;
  }

  /** Finishes what is in hand, in time, and closes the connections. */
  async stop(): Promise<void> {
    this.isStopped = true;
    if (this.isStarted) {
      await Promise.all([this.requests?.stop(), this.events?.stop(), this.broadcasts?.stop()]);
    }
    this.isStarted = false;
    this.clock.stop();
    await Promise.all([...this.links.values()].map((link) => link.close()));
  }

  metrics(): RedisTransportServerMetrics {
    const { requests, events, broadcasts } = this;
    const runners = [requests?.runner, events?.runner, broadcasts?.runner].filter((runner) => !!runner);
    const consumers = [requests, events].filter((consumer) => !!consumer);
    return {
      handled: sum(runners, (runner) => runner.counters.handled),
      failed: sum(runners, (runner) => runner.counters.failed),
      expired: requests?.runner.counters.expired ?? 0,
      takenOver: sum(consumers, (consumer) => consumer.counters.takenOver),
      setAside: sum(consumers, ({ counters }) => counters.setAside) + (broadcasts?.counters.setAside ?? 0),
      retried: (events?.runner.counters.retried ?? 0) + (broadcasts?.runner.counters.retried ?? 0),
      inFlight: sum(runners, (runner) => runner.queue.inFlight),
      queued: sum(runners, (runner) => runner.queue.queued),
      queueDepth: requests?.queueDepth ?? 0,
      batches: requests?.replies.sentCount ?? 0,
      lostEvents: (events?.counters.lost ?? 0) + (broadcasts?.counters.lost ?? 0),
      eventLag: events?.lag ?? 0,
    };
  }

  private link(role: string): RedisLink {
    return this.links.get(role)!;
  }

  private createLink(role: string): RedisLink {
    const link = new RedisLink(this.options.connect, role, this.options.logger);
    link.on('ready', () => this.options.onStatus('connected'));
    link.on('lost', () => !this.isStopped && this.options.onStatus('reconnecting'));
    return link;
  }

  private createBroadcasts(handlers: FindEventHandlers): BroadcastReader {
    return new BroadcastReader({
      ...this.parts('broadcasts'),
      link: this.link('broadcasts'),
      handlers,
    });
  }

  private parts(reader: string) {
    return { ...this.options, consumer: this.consumer, writer: this.writer, reader: this.link(reader) };
  }

  /** Repeats the work while Redis is away or not ready. Not with p-retry: this package stands alone, and the pause never grows. */
  private async whileAway(work: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        await work();
        return;
      } catch (error) {
        const kind = faultKind(error);
        if (this.isStopped || (kind !== 'lost' && kind !== 'not-now')) throw error;
        await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER_MS));
      }
    }
  }
}

function sum<T>(items: T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
