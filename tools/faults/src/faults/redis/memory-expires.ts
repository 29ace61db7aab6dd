import { randomBytes, randomUUID } from 'node:crypto';
import { RedisRequest, RedisTransportClient } from '@parley/redis-transport';
import { type OwnRedis, percentile, startRedis } from '@parley/testing';
import { Redis } from 'ioredis';
import { lastValueFrom } from 'rxjs';
import { atMost, type Row } from '../../report/row.js';
import { Scene } from '../../stage/scene.js';
import { fewerReplicas } from '../../stage/stages.js';
import type { Fault, FaultOptions } from '../fault.js';

/** How many messages with a `clientUUID` are stored, and for how long each is remembered at least, in seconds. */
const FULL = { messages: 1_000_000, rememberedSeconds: 300 };
const PREFIX = 'faults';
/** The least that CLIENT_UUID_TTL_SECONDS may be. */
const SHORT = { messages: 50_000, rememberedSeconds: 60 };
/** A record is remembered at most for this many times the least. */
const AT_MOST = 2;
/** Posts of one request, as a gateway gathers them, and requests at once. */
const POSTS_PER_REQUEST = 256;
const AT_ONCE = 4;
const DEADLINE_MS = 60_000;
/** Messages per second whose delivery is timed while the memory expires. */
const TIMED_PER_SECOND = 20;
/** Redis notes what holds it up for longer than this, in ms. */
const NOTICEABLE_MS = 10;
/** The bound for others, in ms. */
const BOUND_MS = 100;

/** Redis forgets a large memory of clientUUIDs in steady traffic, without any help of its own (`lazyfree-lazy-*` are off). */
export const memoryExpires: Fault = {
  name: 'memory-expires',
  ownStage: true,
  isLong: true,
  run: async (options) => {
    const { rememberedSeconds } = options.short ? SHORT : FULL;
    const lazy = ['expire', 'server-del', 'eviction', 'user-del'];
    const redis = await startRedis({
      args: [
        ...lazy.flatMap((what) => [`--lazyfree-lazy-${what}`, 'no']),
        ...['--latency-monitor-threshold', String(NOTICEABLE_MS)],
      ],
    });
    const settings = {
      REDIS_URL: redis.url,
      REDIS_PREFIX: PREFIX,
      CLIENT_UUID_TTL_SECONDS: String(rememberedSeconds),
      ...fewerReplicas(options.short),
    };
    try {
      return await Scene.playOn({ settings }, (scene) => expireIn(scene, redis, options));
    } finally {
      await redis.remove();
    }
  },
};

async function expireIn(scene: Scene, redis: OwnRedis, { short, report }: FaultOptions): Promise<Row[]> {
  const { messages, rememberedSeconds } = short ? SHORT : FULL;
  const began = performance.now();
  const channelUUID = await fill(redis, messages);
  const filledSeconds = Math.round((performance.now() - began) / 1_000);
  report(`${messages} messages stored in ${filledSeconds} s`);
  const seconds = AT_MOST * rememberedSeconds;
  const texts = { messages: seconds * TIMED_PER_SECOND, length: 60, filler: 'x' };
  const latencies: number[] = [];
  for (let second = 0; second < seconds; second += 10)
    latencies.push(
      ...(await scene.traffic.burst({ ...texts, messages: 10 * TIMED_PER_SECOND }, TIMED_PER_SECOND)),
    );
  const longest = await longestEvent(redis);
  const left = await recordsLeft(redis, channelUUID);
  const account = await scene.settle();
  const claims = [
    atMost('p99 of the others while the memory expires', percentile(latencies, 0.99), BOUND_MS, 'ms'),
    atMost('the longest time for which Redis was held up', longest, BOUND_MS, 'ms'),
    atMost('records left of the memory', left, messages / 10, `of ${messages}`),
  ];
  return [{ fault: `a memory of ${messages} clientUUIDs expires`, times: 1, account, wellMs: [], claims }];
}

/** Stores messages in one channel, each with a `clientUUID`, by the requests of a gateway. @returns the channel. */
async function fill(redis: OwnRedis, messages: number): Promise<string> {
  const client = new RedisTransportClient({
    service: 'channels',
    clientName: 'filler',
    prefix: `${PREFIX}:rpc`,
    connect: () => new Redis(redis.url, { maxRetriesPerRequest: null }),
  });
  const sender = { UUID: randomUUID(), Username: 'filler' };
  // Notes to oneself: nobody gets them, and no inbox.
  const target = { recipientUUID: sender.UUID };
  const post = () => {
    const clientUUID = randomBytes(12).toString('hex');
    return { sender, target, message: 'x', clientUUID, key: randomUUID() };
  };
  let left = messages;
  const work = async () => {
    while (left > 0) {
      const count = Math.min(left, POSTS_PER_REQUEST);
      left -= count;
      const posts = Array.from({ length: count }, post);
      const request = new RedisRequest({ posts }, { deadlineMs: DEADLINE_MS, isRepeatable: true });
      await lastValueFrom(client.send('channels.postAll', request));
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    const find = { user: sender, target };
    const found = client.send<{ channelUUID: string }>('channels.find', new RedisRequest(find));
    return (await lastValueFrom(found)).channelUUID;
  } finally {
    await client.close();
  }
}

/** @returns the longest time for which one event of Redis held up everything else, in ms; 0 if none took noticeably long. */
async function longestEvent({ url }: OwnRedis): Promise<number> {
  const client = new Redis(url);
  const events = (await client.call('LATENCY', 'LATEST')) as [string, number, number, number][];
  client.disconnect();
  return Math.max(0, ...events.map(([, , , longest]) => longest));
}

/** How many records the channel's memory still has. */
async function recordsLeft({ url }: OwnRedis, channelUUID: string): Promise<number> {
  const client = new Redis(url);
  let fields = 0;
  const match = `${PREFIX}:channels:{${channelUUID}}:posted*`;
  for await (const keys of client.scanStream({ match, type: 'hash', count: 1_000 }))
    for (const key of keys as string[]) fields += await client.hlen(key);
  client.disconnect();
  return fields;
}
