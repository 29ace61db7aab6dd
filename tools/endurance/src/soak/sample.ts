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
  /** Channels and patterns that somebody is subscribed to. */
  readonly subscriptions: number;
}

const numberIn = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? 0);

async function sampleProcess(probes: Probes, name: string, pid: number): Promise<ProcessSample> {
  const { heapBytes, externalBytes, residentBytes, handles } = await probes.holdings(name);
  return {
    memoryBytes: heapBytes + externalBytes,
    residentBytes,
    handles: Object.values(handles).reduce((sum, count) => sum + count, 0),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
  };
}

async function sampleRedis(redis: Redis) {
  const info = await redis.info();
  const [channels, shardChannels, patterns] = await Promise.all([
    redis.pubsub('CHANNELS') as Promise<string[]>,
    redis.pubsub('SHARDCHANNELS') as Promise<string[]>,
    redis.pubsub('NUMPAT') as Promise<unknown>,
  ]);
  return {
    keys: numberIn(info, /^db0:keys=(\d+)/m),
    expiring: numberIn(info, /^db0:keys=\d+,expires=(\d+)/m),
    redisBytes: numberIn(info, /^used_memory:(\d+)/m),
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

/** How many keys there are of each pattern: what tells which kind has grown. */
export async function keysByPattern(redis: Redis): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for await (const keys of redis.scanStream({ count: 1_000 }) as AsyncIterable<string[]>) {
    for (const key of keys) {
      const pattern = key.replace(UUID, '<uuid>').replace(/\d+/g, '<n>');
      counts[pattern] = (counts[pattern] ?? 0) + 1;
    }
  }
  return counts;
}
