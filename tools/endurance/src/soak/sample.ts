import { readdirSync } from 'node:fs';
import type { Stack } from '@parley/local-stack';
import type { Redis } from 'ioredis';
import type { Probes } from '../probe/probes.js';

/** What one process of a service holds after a collection. */
export interface ProcessSample {
  /** Heap, and what objects in it own outside of it. */
  readonly memoryBytes: number;
  readonly residentBytes: number;
  /** What keeps the event loop alive: sockets, timers, servers. */
  readonly handles: number;
  readonly handleKinds: Readonly<Record<string, number>>;
  /** Open file descriptors. */
  readonly descriptors: number;
}

/** What the whole chat holds at one moment. */
export interface Sample {
  /** Seconds since the beginning. */
  readonly at: number;
  readonly processes: Readonly<Record<string, ProcessSample>>;
  readonly keys: number;
  /** Those of the keys that expire. */
  readonly expiring: number;
  readonly redisBytes: number;
  readonly redisClients: number;
  /** Events that are kept, for replicas that were away: the oldest go only when there are very many. */
  readonly events: number;
  /** Keys that say which of its latest batches a process has stored: they outlive it by an hour. */
  readonly sent: number;
  /** The memory of both, which is no part of `redisBytes`; nor are these keys among `keys`. */
  readonly keptBytes: number;
  /** Channels and patterns that somebody is subscribed to. */
  readonly subscriptions: number;
}

const PREFIX = 'chat';

const numberIn = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? 0);

async function sampleProcess(probes: Probes, name: string, pid: number): Promise<ProcessSample> {
  const { heapBytes, externalBytes, residentBytes, handles } = await probes.holdings(name);
  return {
    memoryBytes: heapBytes + externalBytes,
    residentBytes,
    handles: Object.values(handles).reduce((sum, count) => sum + count, 0),
    handleKinds: handles,
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
  };
}

/** What Redis keeps for longer than a soak lasts, up to bounds of its own. */
async function sampleKept(redis: Redis) {
  const [sentKeys, streams] = await Promise.all([
    scan(redis, `${PREFIX}:rpc:*:sent:*`),
    scan(redis, `${PREFIX}:rpc:{events}:*`, 'stream'),
  ]);
  const lengths = await Promise.all(streams.map((stream) => redis.xlen(stream)));
  const sizes = await Promise.all([...sentKeys, ...streams].map((key) => memoryOf(redis, key)));
  return { events: sum(lengths), sent: sentKeys.length, streams: streams.length, keptBytes: sum(sizes) };
}

async function scan(redis: Redis, match: string, type?: string): Promise<string[]> {
  const found: string[] = [];
  const options = { count: 1_000, match, ...(type !== undefined && { type }) };
  for await (const keys of redis.scanStream(options) as AsyncIterable<string[]>) found.push(...keys);
  return [...new Set(found)];
}

/** In bytes; 0 when it has just expired. */
const memoryOf = async (redis: Redis, key: string): Promise<number> =>
  (await redis.memory('USAGE', key, 'SAMPLES', 0)) ?? 0;

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

async function sampleRedis(redis: Redis) {
  const { streams, ...kept } = await sampleKept(redis);
  const info = await redis.info();
  const [channels, shardChannels, patterns] = await Promise.all([
    redis.pubsub('CHANNELS') as Promise<string[]>,
    redis.pubsub('SHARDCHANNELS') as Promise<string[]>,
    redis.pubsub('NUMPAT') as Promise<unknown>,
  ]);
  return {
    keys: numberIn(info, /^db0:keys=(\d+)/m) - kept.sent - streams,
    expiring: numberIn(info, /^db0:keys=\d+,expires=(\d+)/m) - kept.sent,
    redisBytes: numberIn(info, /^used_memory:(\d+)/m) - kept.keptBytes,
    ...kept,
    redisClients: numberIn(info, /^connected_clients:(\d+)/m),
    subscriptions: channels.length + shardChannels.length + Number(patterns),
  };
}

/** Looks at everything. A process that is being started is left out. */
export async function takeSample(stack: Stack, probes: Probes, redis: Redis, at: number): Promise<Sample> {
  const processes: Record<string, ProcessSample> = {};
  const running = stack.processes().filter(({ name }) => name !== 'redis');
  await Promise.all(
    running.map(async ({ name, pid }) => {
      const sample = await sampleProcess(probes, name, pid).catch(() => undefined);
      if (sample !== undefined) processes[name] = sample;
    }),
  );
  return { at, processes, ...(await sampleRedis(redis)) };
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const HASH = /[0-9a-f]{32,}/g;

/** How many keys there are of each pattern, and the memory that they take in Redis: what tells which kind has grown. */
export type KeyKinds = Readonly<Record<string, { readonly count: number; readonly bytes: number }>>;

/** Looks at every key. */
export async function keysByPattern(redis: Redis): Promise<KeyKinds> {
  const kinds: Record<string, { count: number; bytes: number }> = {};
  for (const key of await scan(redis, '*')) {
    const pattern = key.replace(UUID, '<uuid>').replace(HASH, '<hash>').replace(/\d+/g, '<n>');
    kinds[pattern] ??= { count: 0, bytes: 0 };
    kinds[pattern].count += 1;
    kinds[pattern].bytes += await memoryOf(redis, key);
  }
  return kinds;
}
