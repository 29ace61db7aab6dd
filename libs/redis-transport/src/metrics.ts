import { Counter, Gauge, Histogram, type Registry, register } from 'prom-client';
import type { RedisTransportClientMetrics } from './client/client-counters.js';
import type { RedisTransportClient } from './client/redis-transport.client.js';
import { aroundHandlers } from './hooks.js';
import type { RedisTransportServer } from './server/redis-transport.server.js';
import type { RedisTransportServerMetrics } from './server/service-workers.js';

/** Bounds in seconds: a single request takes about a millisecond, and the longest usual deadline is 10 s. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** Name after the prefix, number in `metrics()`, and meaning. */
type Row<N> = readonly [name: string, number: N, help: string];

const OUTCOMES = {
  handled: 'handled',
  failed: 'failed',
  expired: 'expired',
  refused: 'refused',
  setAside: 'set_aside',
} as const;

const SERVER_COUNTERS: readonly Row<keyof RedisTransportServerMetrics>[] = [
  ['taken_over_total', 'takenOver', 'Requests and events taken over from silent replicas.'],
  ['reply_batches_total', 'batches', 'Writes to Redis with replies and acknowledgements.'],
  [
    'lost_events_total',
    'lostEvents',
    'Events that were trimmed before the service, or this replica for broadcast ones, read them.',
  ],
];

const SERVER_GAUGES: readonly Row<keyof RedisTransportServerMetrics>[] = [
  ['in_flight', 'inFlight', 'Handlers that are running.'],
  ['waiting', 'queued', 'Requests and events that were read but whose handler is not running yet.'],
  ['event_lag', 'eventLag', 'Events that this service has still to read.'],
];

const CLIENT_GAUGES: readonly Row<keyof RedisTransportClientMetrics>[] = [
  ['pending', 'pending', 'Requests and events to a service that have no reply yet.'],
];

const CLIENT_COUNTERS: readonly Row<keyof RedisTransportClientMetrics>[] = [
  ['batches_total', 'batches', 'Batches of requests and events written to Redis.'],
  ['resent_total', 'resent', 'Requests that were sent again after a connection was lost.'],
];

export interface RedisTransportMetricsOptions {
  /** Where the metrics are registered; prom-client's default registry if not given. */
  registry?: Registry;
  /** What their names begin with, before `_server_` and `_client_`. Default `rpc`. */
  prefix?: string;
}

/**
 * The servers and clients of this process as metrics of `prom-client`. One per registry: a metric's name is registered
 * once. Numbers are read at each scrape; only the duration of handlers is measured.
 */
export class RedisTransportMetrics {
  private readonly servers = new Set<RedisTransportServer>();
  private readonly clients = new Map<string, Set<RedisTransportClient>>();
  private readonly registers: Registry[];
  private readonly handled: Histogram<'pattern'>;

  constructor({ registry = register, prefix = 'rpc' }: RedisTransportMetricsOptions = {}) {
    this.registers = [registry];
    this.handled = new Histogram({
      name: `${prefix}_server_request_duration_seconds`,
      help: 'Duration of the handlers of requests and events.',
      labelNames: ['pattern'],
      buckets: BUCKETS,
      registers: this.registers,
    });
    this.declareOutcomes(`${prefix}_server_requests_total`);
    for (const row of SERVER_COUNTERS) this.declareServerCounter(`${prefix}_server_`, row);
    for (const row of SERVER_GAUGES) this.declareServerGauge(`${prefix}_server_`, row);
    this.declareDepths(`${prefix}_server_queue_depth`);
    for (const row of CLIENT_GAUGES) this.declareClientGauge(`${prefix}_client_`, row);
    for (const row of CLIENT_COUNTERS) this.declareClientCounter(`${prefix}_client_`, row);
  }

  /** From now on the metrics include this server's numbers, and its handlers are timed. */
  addServer(server: RedisTransportServer): void {
    this.servers.add(server);
    aroundHandlers(server, (context, handle) => {
      const startedAt = performance.now();
      const pattern = context.getPattern();
      handle(() => this.handled.observe({ pattern }, (performance.now() - startedAt) / 1_000));
    });
  }

  /** From now on the metrics include the numbers of this client of `service`. */
  addClient(service: string, client: RedisTransportClient): void {
    const ofService = this.clients.get(service) ?? new Set();
    this.clients.set(service, ofService.add(client));
  }

  private ofServers(number: keyof RedisTransportServerMetrics): number {
    return [...this.servers].reduce((sum, server) => sum + server.metrics()[number], 0);
  }

  private ofClients(number: keyof RedisTransportClientMetrics): [service: string, sum: number][] {
    return [...this.clients].map(([service, clients]) => [
      service,
      [...clients].reduce((sum, client) => sum + client.metrics()[number], 0),
    ]);
  }

  private declareOutcomes(name: string): void {
    const outcomes = () =>
      Object.entries(OUTCOMES).map(([number, outcome]) => ({
        outcome,
        value: this.ofServers(number as keyof typeof OUTCOMES),
      }));
    new Counter({
      name,
      help: 'Requests and events by outcome: handled, failed, expired (past its deadline), refused (the queue was too old; nothing was done) or set_aside (every replica that ran it died, its handler keeps failing, or it cannot be read).',
      labelNames: ['outcome'],
      registers: this.registers,
      collect() {
        this.reset();
        for (const { outcome, value } of outcomes()) this.inc({ outcome }, value);
      },
    });
  }

  private declareDepths(name: string): void {
    const depths = () => {
      const later = this.ofServers('queueDepthLater');
      return { now: this.ofServers('queueDepth') - later, later };
    };
    new Gauge({
      name,
      help: 'Requests of this service that are queued or running, at all its replicas, by lane: now, or later for what can wait; a large one counts as several.',
      labelNames: ['lane'],
      registers: this.registers,
      collect() {
        for (const [lane, value] of Object.entries(depths())) this.set({ lane }, value);
      },
    });
  }

  private declareServerCounter(prefix: string, row: Row<keyof RedisTransportServerMetrics>): void {
    const [name, number, help] = row;
    const total = () => this.ofServers(number);
    new Counter({
      name: prefix + name,
      help,
      registers: this.registers,
      collect() {
        this.reset();
        this.inc(total());
      },
    });
  }

  private declareServerGauge(prefix: string, row: Row<keyof RedisTransportServerMetrics>): void {
    const [name, number, help] = row;
    const value = () => this.ofServers(number);
    new Gauge({
      name: prefix + name,
      help,
      registers: this.registers,
      collect() {
        this.set(value());
      },
    });
  }

  private declareClientGauge(prefix: string, row: Row<keyof RedisTransportClientMetrics>): void {
    const [name, number, help] = row;
    const values = () => this.ofClients(number);
    new Gauge({
      name: prefix + name,
      help,
      labelNames: ['service'],
      registers: this.registers,
      collect() {
        for (const [service, value] of values()) this.set({ service }, value);
      },
    });
  }

  private declareClientCounter(prefix: string, row: Row<keyof RedisTransportClientMetrics>): void {
    const [name, number, help] = row;
    const totals = () => this.ofClients(number);
    new Counter({
      name: prefix + name,
      help,
      labelNames: ['service'],
      registers: this.registers,
      collect() {
        this.reset();
        for (const [service, total] of totals()) this.inc({ service }, total);
      },
    });
  }
}
