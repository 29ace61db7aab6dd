import type { ClientOptions, Deserializer, Serializer } from '@nestjs/microservices';
import type { Cluster, Redis } from 'ioredis';
import { MOST_PARTITIONS } from './partitions.js';

/** An ioredis client of any kind: one node, Sentinel or Cluster. */
export type RedisConnection = Redis | Cluster;

/** The options that server and client share. */
export interface RedisTransportOptions {
  /** The service to serve or to send to. It names the streams and the consumer group. */
  service: string;
  /** The prefix of every key and channel. Default `rpc`. */
  prefix?: string;
  /**
   * Creates an ioredis client. Called once for each role (reader, writer, subscriber), and again if a client ends for good.
   * The transport owns the clients and closes them. For a Cluster, set `shardedSubscribers: true`: each reply then passes
   * through only one node.
   */
  connect: () => RedisConnection;
  /** As with Nest's stock transporters. */
  serializer?: Serializer;
  /** As with Nest's stock transporters. */
  deserializer?: Deserializer;
}

/** Numbers of the server, each with its default and bounds in {@link SERVER_BOUNDS}. The README shows the docstrings. */
export interface RedisTransportServerLimits {
  /** Handlers running at once in a process; it reads no more until some have ended. A quarter as many run beside them for the lane `later`. */
  maxInFlight?: number;
  /** Request streams of the service, each in a slot of its own of a Cluster. It also reads those above that are there. */
  partitions?: number;
  /** Age (ms) that the queue of a lane may have for long; then what is over twice as old is refused. 0 refuses nothing. */
  queueAgeMs?: number;
  /** A replica silent for this long (ms) counts as dead, and others take over what it had in hand. */
  takeOverAfterMs?: number;
  /** Deliveries after which a request or event is set aside. */
  maxTries?: number;
  /** How long (ms) the reply to a request with an idempotency key is kept. */
  idempotencyTtlMs?: number;
  /** How many such replies one replica keeps; of older ones only the fact is kept. */
  maxStoredReplies?: number;
  /** How many characters of JSON of such replies one replica keeps; of older ones only the fact is kept. */
  maxStoredRepliesBytes?: number;
  /** The largest such reply (characters of JSON); of a larger one only the fact is kept. */
  maxStoredReplyBytes?: number;
  /** About how many entries are kept of what was set aside. */
  maxDead?: number;
  /** How many bytes of their payloads are kept. Of a payload that is larger alone, only the beginning is kept. */
  maxDeadBytes?: number;
  /** How often the handlers of an event run until, if they always fail, the event is set aside. */
  eventTries?: number;
  /** How long (ms) after a failure they run again. The time doubles with each failure, up to a minute. */
  eventBackOffMs?: number;
  /** How long (ms) `close()` waits for handlers that still run. */
  drainMs?: number;
  /** A consumer that is silent for this long (ms) and holds nothing is removed from the group. */
  forgetReplicaAfterMs?: number;
}

/** Options of `RedisTransportServer`. */
export interface RedisTransportServerOptions extends RedisTransportOptions, RedisTransportServerLimits {
  /**
   * Whether event handlers with `from` also get the events of the shared stream that are no copies. Set it while publishers of
   * a version without streams of their own may run. Default false.
   */
  alsoShared?: boolean;
  /**
   * Whether it reads the lane `later`, on a connection of its own for each partition. Without, requests of that lane come in the other. Default:
   * if it has handlers of requests.
   */
  readsLater?: boolean;
  /**
   * Whether the service queues requests with this pattern by rules of its own. Those begin whatever their age: `queueAgeMs` refuses none of them.
   * A pattern that is no text is given as Nest makes one of it. Default: none does.
   */
  hasOwnQueue?: (pattern: string) => boolean;
}

/** Where a client's events go: to the stream that all clients share, to that of its name, or there with a copy in the shared one. */
export type EventStreamChoice = 'shared' | 'own' | 'both';

/** Numbers of the client, each with its default and bounds in {@link CLIENT_BOUNDS}. The README shows the docstrings. */
export interface RedisTransportClientLimits {
  /** How long (ms) a request or event may take when it does not say otherwise. */
  deadlineMs?: number;
  /** Request streams that requests with `partitionBy` are spread over; no more than each replica of the service reads. */
  partitions?: number;
  /** Requests of each lane queued or in hand at the service, above which new ones are refused. */
  maxQueue?: number;
  /** Bytes of JSON of those requests: one that is larger than its equal share counts as several. */
  maxQueueBytes?: number;
  /** Requests and events of this client without an answer, above which new ones are refused; those of the lane `later` from three quarters on. */
  maxPending?: number;
  /** Characters of JSON of these, above which new ones are refused. */
  maxPendingBytes?: number;
  /** The most requests in one stream entry. */
  batchMax?: number;
  /** Most characters of JSON in one stream entry; a larger request travels alone. */
  batchBytes?: number;
  /** How many events the events stream keeps, approximately. */
  maxEvents?: number;
  /** How many bytes of them it keeps. */
  maxEventsBytes?: number;
}

/** Options of `RedisTransportClient`. */
export interface RedisTransportClientOptions extends RedisTransportOptions, RedisTransportClientLimits {
  /** The name of this client in its reply channel, which an ACL can allow. Letters, digits, `-` and `_`. */
  clientName: string;
  /**
   * Where its events go: to the stream that all clients share (`shared`), to the one of its name (`own`), which an ACL can give to it
   * alone, or to `both`, while readers of a version without `from` may run. Default `shared`.
   */
  eventStream?: EventStreamChoice;
}

/** Default, least and largest value. */
export type Bounds = readonly [value: number, min: number, max: number];

/** The server's numbers: default, least, largest. */
export const SERVER_BOUNDS: Readonly<Record<keyof RedisTransportServerLimits, Bounds>> = {
  maxInFlight: [512, 1, 65_536],
  partitions: [1, 1, MOST_PARTITIONS],
  queueAgeMs: [200, 0, 3_600_000],
  takeOverAfterMs: [3_000, 100, 600_000],
  maxTries: [3, 1, 100],
  idempotencyTtlMs: [600_000, 1_000, 604_800_000],
  maxStoredReplies: [100_000, 1, 10_000_000],
  maxStoredRepliesBytes: [67_108_864, 0, 4_294_967_296],
  maxStoredReplyBytes: [1_048_576, 0, 67_108_864],
  maxDead: [1_000, 1, 1_000_000],
  maxDeadBytes: [67_108_864, 1_024, 4_294_967_296],
  eventTries: [5, 1, 100],
  eventBackOffMs: [500, 1, 60_000],
  drainMs: [5_000, 0, 600_000],
  forgetReplicaAfterMs: [600_000, 60_000, 86_400_000],
};

/** The client's numbers: default, least, largest. */
export const CLIENT_BOUNDS: Readonly<Record<keyof RedisTransportClientLimits, Bounds>> = {
  deadlineMs: [10_000, 1, 3_600_000],
  partitions: [1, 1, MOST_PARTITIONS],
  maxQueue: [10_000, 1, 10_000_000],
  maxQueueBytes: [268_435_456, 1_048_576, 68_719_476_736],
  maxPending: [16_384, 1, 1_048_576],
  maxPendingBytes: [268_435_456, 1_048_576, 68_719_476_736],
  batchMax: [128, 1, 4_096],
  batchBytes: [262_144, 1_024, 16_777_216],
  maxEvents: [100_000, 100, 100_000_000],
  maxEventsBytes: [268_435_456, 1_024, 68_719_476_736],
};

const NAME = /^[A-Za-z0-9_-]{1,64}$/;
const PREFIX = /^[A-Za-z0-9_:.-]{1,64}$/;

/** @throws RangeError if a name contains a character that would break a key, a hash tag or an ACL pattern. */
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

/** Fills in the defaults. @throws RangeError that names each number out of its bounds. */
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

/** The options of Nest's base classes, which read only `serializer` and `deserializer`. */
export type NestTransportOptions = ClientOptions['options'];
