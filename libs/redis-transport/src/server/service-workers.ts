import { randomUUID } from 'node:crypto';
import type { LoggerService } from '@nestjs/common';
import type { Serializer } from '@nestjs/microservices';
import type { Lane } from '../lanes.js';
import type { TransportKeys } from '../redis/keys.js';
import { faultKind } from '../redis-fault.js';
import { RedisLink } from '../redis-link.js';
import type { RedisConnection, RedisTransportServerLimits } from '../transport-options.js';
import { BroadcastReader } from './broadcast-reader.js';
import { EventConsumer } from './event-consumer.js';
import type { EventSource } from './event-sources.js';
import type { HandlerHost } from './handler-host.js';
import { RequestPartitions } from './request-partitions.js';

/** How long (ms) until a start that Redis could not allow is tried again. */
const AGAIN_AFTER_MS = 100;

/** The result of {@link RedisTransportServer.metrics}. All but `inFlight`, `queued`, the two depths and `eventLag` only grow. */
export interface RedisTransportServerMetrics {
  /** Requests whose handler succeeded, and events whose handlers ended. */
  handled: number;
  /** Requests and events whose handler failed. */
  failed: number;
  /** Requests that were not handled, or not completely, because their deadline had passed. */
  expired: number;
  /** Requests that were refused because the queue was too old. */
  refused: number;
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
  /** Those of them that are in the lane `later`. */
  queueDepthLater: number;
  /** Writes to Redis with replies and acknowledgements. */
  batches: number;
  /** Events that were trimmed before this replica (broadcast ones) or any replica of the service could read them. */
  lostEvents: number;
  /** Events that the service has still to read, when this replica last looked. */
  eventLag: number;
}

export interface ServiceWorkersOptions {
  service: string;
  prefix: string;
  connect: () => RedisConnection;
  limits: Required<RedisTransportServerLimits>;
  keys: TransportKeys;
  host: HandlerHost;
  logger: LoggerService;
  onStatus: (status: 'connected' | 'reconnecting') => void;
}

/** What to read: the lanes of requests, and the streams of events for one replica of the service, and for every one. */
export interface Reads {
  lanes: readonly Lane[];
  once: readonly EventSource[];
  broadcast: readonly EventSource[];
}

/** One replica's connections, and the readers of its requests, events and broadcast events. */
export class ServiceWorkers {
  private readonly links = new Map<string, RedisLink>();
  private readonly linkListeners: ((role: string, link: RedisLink) => void)[] = [];
  private readonly writer: RedisLink;
  private readonly consumer = randomUUID();
  private requests?: RequestPartitions;
  private events: EventConsumer[] = [];
  private broadcasts: BroadcastReader[] = [];
  private isStarted = false;
  private isStopped = false;

  constructor(private readonly options: ServiceWorkersOptions) {
    this.writer = this.link('writer');
    this.link('reader');
  }

  /** Whether everything that has handlers is being read. */
  get ready(): boolean {
    const consumers = [...(this.requests?.consumers ?? []), ...this.events];
    const readers = [...consumers.map(({ reader }) => reader), ...this.broadcasts];
    return this.isStarted && this.writer.ready && readers.every((reader) => reader.ready);
  }

  /** Connects and begins to read. @throws Redis's error if it refuses. */
  async start({ lanes, once, broadcast }: Reads, serializer: Serializer): Promise<void> {
    const link = (role: string) => this.link(role);
    const { consumer, writer } = this;
    const requests = new RequestPartitions({ ...this.options, lanes, consumer, writer, serializer, link });
    this.requests = requests;
    this.events = once.map(
      (source) => new EventConsumer({ ...this.parts(roleOf('events', source)), source }),
    );
    this.broadcasts = broadcast.map((source) => this.createBroadcasts(source));
    const links = [...this.links.values()];
    for (const link of links) link.open();
    this.writer.watch();
    await this.whileAway(async () => {
      await Promise.all(links.map((link) => link.whenReady()));
      await requests.join();
      for (const events of this.events) await events.join();
      for (const broadcasts of this.broadcasts) await broadcasts.start();
    });
    requests.start();
    for (const events of this.events) events.start();
    this.isStarted = true;
  }

  /** Finishes what is in hand, in time, and closes the connections. */
  async stop(): Promise<void> {
    this.isStopped = true;
    if (this.isStarted) {
      const readers = [this.requests, ...this.events, ...this.broadcasts];
      await Promise.all(readers.map((reader) => reader?.stop()));
    }
    this.isStarted = false;
    this.requests?.stopClocks();
    await Promise.all([...this.links.values()].map((link) => link.close()));
  }

  metrics(): RedisTransportServerMetrics {
    const { events, broadcasts } = this;
    const requests = this.requests?.consumers ?? [];
    const consumers = [...requests, ...events];
    const runners = [...consumers, ...broadcasts].map(({ runner }) => runner);
    const readers = [...events, ...broadcasts];
    return {
      handled: sum(runners, (runner) => runner.counters.handled),
      failed: sum(runners, (runner) => runner.counters.failed),
      expired: sum(requests, ({ runner }) => runner.counters.expired),
      refused: sum(requests, ({ runner }) => runner.counters.refused),
      takenOver: sum(consumers, (consumer) => consumer.counters.takenOver),
      setAside: sum([...consumers, ...broadcasts], ({ counters }) => counters.setAside),
      retried: sum(readers, ({ runner }) => runner.counters.retried),
      inFlight: sum(runners, (runner) => runner.queue.inFlight),
      queued: sum(runners, (runner) => runner.queue.queued),
      queueDepth: sum(requests, ({ queueDepth }) => queueDepth),
      queueDepthLater: sum(requests, ({ lane, queueDepth }) => (lane === 'later' ? queueDepth : 0)),
      batches: sum(requests, ({ replies }) => replies.sentCount),
      lostEvents: sum(readers, ({ counters }) => counters.lost),
      eventLag: sum(events, ({ lag }) => lag),
    };
  }

  /** Every connection with its role. */
  roles(): [role: string, link: RedisLink][] {
    return [...this.links];
  }

  /** Calls the listener with each connection, now or when there is one. */
  eachLink(listener: (role: string, link: RedisLink) => void): void {
    this.linkListeners.push(listener);
    for (const [role, link] of this.links) listener(role, link);
  }

  /** The connection of a role, which is created if it is new. */
  private link(role: string): RedisLink {
    const known = this.links.get(role);
    if (known) return known;
    const link = new RedisLink(this.options.connect, role, this.options.logger);
    link.on('ready', () => this.options.onStatus('connected'));
    link.on('lost', () => !this.isStopped && this.options.onStatus('reconnecting'));
    this.links.set(role, link);
    for (const listener of this.linkListeners) listener(role, link);
    return link;
  }

  private createBroadcasts(source: EventSource): BroadcastReader {
    const role = roleOf('broadcasts', source);
    return new BroadcastReader({ ...this.parts(role), link: this.link(role), source });
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

/** The role of the connection that reads a stream of events. */
const roleOf = (kind: string, { publisher }: EventSource): string =>
  publisher === undefined ? kind : `${kind} of ${publisher}`;

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
