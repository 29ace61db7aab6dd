import type { ClientOptions, Deserializer, Serializer } from '@nestjs/microservices';
import type { Cluster, Redis } from 'ioredis';

/** An ioredis client of any kind: one node, Sentinel or Cluster. */
export type RedisConnection = Redis | Cluster;

/** What server and client have in common. */
export interface RedisTransportOptions {
  /** The service that is served or asked: names its streams and its consumer group. */
  service: string;
  /** What every key and channel begins with. Default `rpc`. */
  prefix?: string;
  /**
   * Makes a new ioredis client; called once for each role (reader, writer, subscriber), and again should one end
   * for good. The transport owns the clients and closes them. For a Cluster set `shardedSubscribers: true`: replies
   * then pass one node alone.
   */
  connect: () => RedisConnection;
  /** As with Nest's stock transporters. */
  serializer?: Serializer;
  /** As with Nest's stock transporters. */
  deserializer?: Deserializer;
}

/** Numbers of the server, each with its default and bounds in {@link SERVER_BOUNDS}. */
export interface RedisTransportServerLimits {
  /** Handlers running at once in this process; reading stops above it. */
  maxInFlight?: number;
  /** A replica silent for this long (ms) counts as dead and what it had in hand is taken over. */
  takeOverAfterMs?: number;
  /** Deliveries of one request or event before it is set aside. */
  maxTries?: number;
  /** How long (ms) the reply to a request with an idempotency key is kept. */
  idempotencyTtlMs?: number;
  /** Largest reply (bytes of JSON) kept under an idempotency key. */
  maxStoredReplyBytes?: number;
  /** Entries kept in each stream of what was set aside. */
  maxDead?: number;
  /** Bytes of payload kept with each of them. */
  maxDeadPayloadBytes?: number;
  /** How long (ms) `close()` waits for handlers that are still running. */
  drainMs?: number;
  /** A consumer silent for this long (ms) that holds nothing is removed from the group. */
  forgetReplicaAfterMs?: number;
}

/** Options of `RedisTransportServer`. */
export interface RedisTransportServerOptions extends RedisTransportOptions, RedisTransportServerLimits {}

/** Numbers of the client, each with its default and bounds in {@link CLIENT_BOUNDS}. */
export interface RedisTransportClientLimits {
  /** Milliseconds that a request or event may take when it does not say otherwise. */
  deadlineMs?: number;
  /** Requests queued or in hand at the service above which new ones are refused. */
  maxQueue?: number;
  /** Requests and events of this client without an answer yet, above which new ones are refused. */
  maxPending?: number;
  /** Most requests in one stream entry. */
  batchMax?: number;
  /** Most bytes of JSON in one stream entry; a single larger request still goes, alone. */
  batchBytes?: number;
  /** About how many events the events stream keeps. */
  maxEvents?: number;
}

/** Options of `RedisTransportClient`. */
export interface RedisTransportClientOptions extends RedisTransportOptions, RedisTransportClientLimits {
  /** Names this client's reply channel, so that an ACL can allow it. Letters, digits, `-` and `_`. */
  clientName: string;
}

/** Default, least and largest value. */
export type Bounds = readonly [value: number, min: number, max: number];

/** The server's numbers: default, least, largest. The README's table is compared with it. */
export const SERVER_BOUNDS: Readonly<Record<keyof RedisTransportServerLimits, Bounds>> = {
  maxInFlight: [512, 1, 65_536],
  takeOverAfterMs: [3_000, 100, 600_000],
  maxTries: [3, 1, 100],
  idempotencyTtlMs: [600_000, 1_000, 604_800_000],
  maxStoredReplyBytes: [1_048_576, 0, 67_108_864],
  maxDead: [1_000, 1, 1_000_000],
  maxDeadPayloadBytes: [16_384, 0, 1_048_576],
  drainMs: [5_000, 0, 600_000],
  forgetReplicaAfterMs: [600_000, 60_000, 86_400_000],
};

/** The client's numbers: default, least, largest. The README's table is compared with it. */
export const CLIENT_BOUNDS: Readonly<Record<keyof RedisTransportClientLimits, Bounds>> = {
  deadlineMs: [10_000, 1, 3_600_000],
  maxQueue: [10_000, 1, 10_000_000],
  maxPending: [16_384, 1, 1_048_576],
  batchMax: [128, 1, 4_096],
  batchBytes: [262_144, 1_024, 16_777_216],
  maxEvents: [100_000, 100, 100_000_000],
};

const NAME = /^[A-Za-z0-9_-]{1,64}$/;
const PREFIX = /^[A-Za-z0-9_:.-]{1,64}$/;

/** @throws RangeError when a name holds what would break a key, a hash tag or an ACL pattern. */
export function checkNames(options: RedisTransportOptions & { clientName?: string }): void {
  const faults: string[] = [];
  if (!NAME.test(options.service)) faults.push('service must match [A-Za-z0-9_-]{1,64}');
  if (options.prefix !== undefined && !PREFIX.test(options.prefix))
    faults.push('prefix must match [A-Za-z0-9_:.-]{1,64}');
  if (options.clientName !== undefined && !NAME.test(options.clientName)) {
    faults.push('clientName must match [A-Za-z0-9_-]{1,64}');
  }
  if (typeof options.connect !== 'function') faults.push('connect must be a function');
  if (faults.length > 0) throw new RangeError(`Redis transport: ${faults.join('; ')}`);
}

/** Fills in the defaults. @throws RangeError naming each number that is out of its bounds. */
export function checkNumbers<K extends string>(
  given: Partial<Record<K, number>>,
  bounds: Readonly<Record<K, Bounds>>,
): Record<K, number> {
  const faults: string[] = [];
  const numbers = {} as Record<K, number>;
  for (const name of Object.keys(bounds) as K[]) {
    const [fallback, min, max] = bounds[name];
    const value = given[name] ?? fallback;
    if (!Number.isInteger(value) || value < min || value > max) {
      faults.push(`${name} must be a whole number from ${min} to ${max}`);
    }
    numbers[name] = value;
  }
  if (faults.length > 0) throw new RangeError(`Redis transport: ${faults.join('; ')}`);
  return numbers;
}

/** What Nest's base classes take as options; they read only `serializer` and `deserializer` from it. */
export type NestTransportOptions = ClientOptions['options'];
