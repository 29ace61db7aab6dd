import type { RedisTransportClient, RedisTransportServer } from '@parley/redis-transport';
import { Counter, Gauge, Histogram } from 'prom-client';

/** Bounds in seconds: a single request takes about a millisecond, and the longest possible deadline is 60 s. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** Rate, errors and duration of this process's requests to other services: from call to reply, including queueing. */
export const askedRequests = new Histogram({
  name: 'rpc_client_request_duration_seconds',
  help: 'Duration of requests to other services by outcome: ok, or the name of the error.',
  labelNames: ['service', 'pattern', 'outcome'],
  buckets: BUCKETS,
});

/** How long handlers take. `rpc_server_requests_total` counts their failures. */
export const handledRequests = new Histogram({
  name: 'rpc_server_request_duration_seconds',
  help: 'Duration of the handlers of requests and events.',
  labelNames: ['pattern'],
  buckets: BUCKETS,
});

const servers = new Set<RedisTransportServer>();
const clients = new Map<string, Set<RedisTransportClient>>();

/** From now on the metrics include this server's numbers. */
export function observeServer(server: RedisTransportServer): void {
  servers.add(server);
}

/** From now on the metrics include the numbers of this client of `service`. */
export function observeClient(service: string, client: RedisTransportClient): void {
  const ofService = clients.get(service) ?? new Set();
  clients.set(service, ofService.add(client));
}

type ServerNumber = keyof ReturnType<RedisTransportServer['metrics']>;
type ClientNumber = keyof ReturnType<RedisTransportClient['metrics']>;

const ofServers = (name: ServerNumber): number =>
  [...servers].reduce((sum, server) => sum + server.metrics()[name], 0);

const ofClients = (service: string, name: ClientNumber): number =>
  [...clients.get(service)!].reduce((sum, client) => sum + client.metrics()[name], 0);

const OUTCOMES = { handled: 'handled', failed: 'failed', expired: 'expired', setAside: 'set_aside' } as const;

new Counter({
  name: 'rpc_server_requests_total',
  help: 'Requests and events by outcome: handled, failed, expired (past its deadline) or set_aside (every replica that ran it died, its handler keeps failing, or it cannot be read).',
  labelNames: ['outcome'],
  collect() {
    this.reset();
    for (const [name, outcome] of Object.entries(OUTCOMES))
      this.inc({ outcome }, ofServers(name as ServerNumber));
  },
});

const SERVER_COUNTERS: readonly [string, ServerNumber, string][] = [
  ['rpc_server_taken_over_total', 'takenOver', 'Requests and events taken over from silent replicas.'],
  ['rpc_server_reply_batches_total', 'batches', 'Writes to Redis with replies and acknowledgements.'],
  [
    'rpc_server_lost_events_total',
    'lostEvents',
    'Events that were trimmed before the service, or this replica for broadcast ones, read them.',
  ],
];

for (const [name, number, help] of SERVER_COUNTERS) {
  new Counter({
    name,
    help,
    collect() {
      this.reset();
      this.inc(ofServers(number));
    },
  });
}

const SERVER_GAUGES: readonly [string, ServerNumber, string][] = [
  ['rpc_server_in_flight', 'inFlight', 'Handlers that are running.'],
  [
    'rpc_server_waiting',
    'queued',
    'Requests and events that were read but whose handler is not running yet.',
  ],
  [
    'rpc_server_queue_depth',
    'queueDepth',
    'Requests of this service that are queued or running, at all its replicas; a large one counts as several.',
  ],
  ['rpc_server_event_lag', 'eventLag', 'Events that this service has still to read.'],
];

for (const [name, number, help] of SERVER_GAUGES) {
  new Gauge({
    name,
    help,
    collect() {
      this.set(ofServers(number));
    },
  });
}

new Gauge({
  name: 'rpc_client_pending',
  help: 'Requests and events to a service that have no reply yet.',
  labelNames: ['service'],
  collect() {
    for (const service of clients.keys()) this.set({ service }, ofClients(service, 'pending'));
  },
});

const CLIENT_COUNTERS: readonly [string, ClientNumber, string][] = [
  ['rpc_client_batches_total', 'batches', 'Batches of requests and events written to Redis.'],
  ['rpc_client_resent_total', 'resent', 'Requests that were sent again after a connection was lost.'],
];

for (const [name, number, help] of CLIENT_COUNTERS) {
  new Counter({
    name,
    help,
    labelNames: ['service'],
    collect() {
      this.reset();
      for (const service of clients.keys()) this.inc({ service }, ofClients(service, number));
    },
  });
}
