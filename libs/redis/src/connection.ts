import { Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis';
import { Demotion } from './demotion.js';
import type { RedisSettings } from './settings.js';
import { SteadySentinelConnector } from './steady-sentinel-connector.js';
import { writeTogether } from './write-together.js';

/** A client of one node, a Sentinel-watched master, or a Cluster. */
export type RedisConnection = Redis | Cluster;

/** The longest pause between two attempts to reconnect, in milliseconds. */
const LONGEST_RETRY_MS = 1_000;
/** How long one attempt to connect may take, in milliseconds. */
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * How often a client of a Cluster asks which node has which slots, in milliseconds. This serves two cases. A master that
 * hangs closes no connection, and only the slot list shows that another node has taken its place. And a subscription whose
 * slot has moved is renewed, even if the first node that was asked did not know of the move yet.
 */
const SLOTS_REFRESH_MS = 2_000;

// A function of the attempt, not p-retry: ioredis calls it and does the waiting.
const retry = (attempt: number): number => Math.min(attempt * 50, LONGEST_RETRY_MS);

/** The options of every client, unless the caller overrides them. */
const BASE: RedisOptions = {
  connectTimeout: CONNECT_TIMEOUT_MS,
  // A command waits for one reconnect and then fails, so that a request ends within its deadline.
  maxRetriesPerRequest: 1,
  // CLIENT SETINFO only names the library, and an ACL of Redis 7.0 cannot allow it.
  disableClientInfo: true,
};

/** How a client comes back. After a fail-over the old master answers READONLY until it is gone: it reconnects to find the new one. */
function reconnecting(): RedisOptions {
  const demotion = new Demotion();
  return {
    retryStrategy: (attempt) => Math.max(retry(attempt), demotion.nextPauseMs()),
    reconnectOnError: (error) => demotion.isSeenIn(error),
  };
}

/** Whether the settings name a Redis at all. */
export function namesRedis(settings: RedisSettings): boolean {
  return [
    settings.REDIS_URL,
    settings.REDIS_SENTINELS,
    settings.REDIS_CLUSTER_NODES,
    settings.REDIS_HOST,
    settings.REDIS_ADDRESS,
  ].some((value) => value !== undefined);
}

/**
 * Creates a client, which connects at once and reconnects whenever the connection is lost. Without an address it connects
 * to `redis://127.0.0.1:6379`.
 * @param options overrides, such as `maxRetriesPerRequest: null` for commands that wait until Redis is back.
 */
export function connectRedis(settings: RedisSettings, options: RedisOptions = {}): RedisConnection {
  const client = makeClient(settings, options);
  // Those who hold the client report its errors. To one that nobody listens to, ioredis prints the whole of each.
  client.on('error', () => undefined);
  writeTogether(client);
  return client;
}

function makeClient(settings: RedisSettings, options: RedisOptions): RedisConnection {
  const base: RedisOptions = {
    ...BASE,
    ...reconnecting(),
    ...credentials(settings),
    ...tls(settings),
    ...options,
  };
  if (settings.REDIS_CLUSTER_NODES !== undefined) return cluster(settings.REDIS_CLUSTER_NODES, base);
  if (settings.REDIS_SENTINELS !== undefined) {
    const sentinels = settings.REDIS_SENTINELS.map(hostPort);
    return new Redis({
      ...base,
      sentinels,
      name: settings.REDIS_SENTINEL_NAME,
      ...sentinelCredentials(settings),
      // A master that hangs closes no connection: the Sentinels tell when another node has taken its place.
      failoverDetector: true,
      Connector: SteadySentinelConnector,
      sentinelRetryStrategy: retry,
    });
  }
  if (settings.REDIS_URL !== undefined) return new Redis(settings.REDIS_URL, base);
  return new Redis({ ...base, ...seedAddress(settings) });
}

function cluster(nodes: readonly string[], redisOptions: RedisOptions): Cluster {
  const options: ClusterOptions = {
    redisOptions,
    clusterRetryStrategy: retry,
    enableOfflineQueue: redisOptions.enableOfflineQueue ?? true,
    shardedSubscribers: true,
    slotsRefreshInterval: SLOTS_REFRESH_MS,
    scaleReads: 'master',
  };
  return new Cluster(nodes.map(hostPort), options);
}

function credentials(settings: RedisSettings): RedisOptions {
  return {
    ...(settings.REDIS_USERNAME && { username: settings.REDIS_USERNAME }),
    ...(settings.REDIS_PASSWORD && { password: settings.REDIS_PASSWORD }),
  };
}

function sentinelCredentials(settings: RedisSettings): RedisOptions {
  const { REDIS_SENTINELS_USERNAME: user, REDIS_SENTINELS_PASSWORD: password } = settings;
  return { ...(user && { sentinelUsername: user }), ...(password && { sentinelPassword: password }) };
}

/** Node checks the names and issuers of the servers' certificates; NODE_EXTRA_CA_CERTS adds an authority. */
function tls({ REDIS_TLS, REDIS_TLS_VERIFY, REDIS_URL }: RedisSettings): RedisOptions {
  const options = REDIS_TLS_VERIFY ? {} : { rejectUnauthorized: false };
  if (REDIS_TLS) return { tls: options, sentinelTLS: options, enableTLSForSentinelMode: true };
  return REDIS_URL?.startsWith('rediss:') ? { tls: options } : {};
}

/** REDIS_HOST and REDIS_ADDRESS as in the Go demo: the latter is ":6379" or a whole host:port. */
function seedAddress(settings: RedisSettings): { host: string; port: number } {
  const { host, port } = hostPort(settings.REDIS_ADDRESS ?? ':6379');
  return { host: host || (settings.REDIS_HOST ?? '127.0.0.1'), port };
}

function hostPort(entry: string): { host: string; port: number } {
  const colon = entry.lastIndexOf(':');
  return { host: entry.slice(0, colon), port: Number(entry.slice(colon + 1)) };
}
