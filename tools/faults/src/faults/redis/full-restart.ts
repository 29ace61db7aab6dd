import { type AnyFrame, type OwnRedis, startRedis, TestClient } from '@parley/testing';
import { Redis } from 'ioredis';
import { type Claim, type Row, wellIn } from '../../report/row.js';
import { RedisLine } from '../../stage/redis-line.js';
import { Scene } from '../../stage/scene.js';
import { fewerReplicas } from '../../stage/stages.js';
import { within } from '../../traffic/deadline.js';
import { WELL_DEADLINE_MS } from '../../traffic/traffic.js';
import type { Fault, FaultOptions } from '../fault.js';
import { repeatedly } from '../repeatedly.js';

/** Redis takes no more writes below this, in bytes; it has far more than that when it has started. */
const FULL_BYTES = 1_000_000;
/** The gateway's deadline plus time to report it, in ms. */
const ANSWERED_MS = 12_000;
const WELL_MS = 10_000;

/** A full Redis restarts and is still full: what it holds can be read. */
export const fullRestart: Fault = {
  name: 'full-restart',
  ownStage: true,
  isLong: true,
  run: async (options) => {
    const redis = await startRedis({ args: ['--appendonly', 'yes', '--maxmemory-policy', 'noeviction'] });
    const line = await RedisLine.to(redis.port);
    try {
      const settings = { REDIS_URL: line.url, ...fewerReplicas(options.short) };
      return await Scene.playOn({ settings }, (scene) => restartFullIn(scene, redis, line, options));
    } finally {
      line.close();
      await redis.remove();
    }
  },
};

async function restartFullIn(
  scene: Scene,
  redis: OwnRedis,
  line: RedisLine,
  { short, report }: FaultOptions,
): Promise<Row[]> {
  const times = short ? 1 : 5;
  const claims: Claim[] = [];
  const reader = await Reader.enter(scene.stage.urls[0]!);
  const wellMs = await repeatedly(scene, times, report, async () => {
    const position = await reader.position();
    line.cut();
    await redis.restart();
    await setMaxMemory(redis, FULL_BYTES);
    line.lead(redis.port);
    claims.push(...(await reader.claims(position)));
    await setMaxMemory(redis, 0);
    return undefined;
  });
  await reader.leave();
  const account = await scene.settle();
  return [
    { fault: 'a full Redis restarts', times, account, wellMs, claims: [wellIn(wellMs, WELL_MS), ...claims] },
  ];
}

async function setMaxMemory({ url }: OwnRedis, bytes: number): Promise<void> {
  const admin = new Redis(url);
  try {
    await admin.config('SET', 'maxmemory', bytes);
  } finally {
    admin.disconnect();
  }
}

/** Where a client is in the general channel. */
interface Place {
  readonly channelUUID: string;
  readonly epoch: string;
  readonly seq: number;
}

/** A client that reads in every way there is, and posts. */
class Reader {
  private constructor(private readonly client: TestClient) {}

  static async enter(url: string): Promise<Reader> {
    const client = await TestClient.connect(url, { timeoutMs: ANSWERED_MS });
    const signIn = { username: `reader-${performance.now()}`, password: 'a password' };
    await client.ask({ type: 'signIn', signIn });
    return new Reader(client);
  }

  async position(): Promise<Place> {
    const { subscribed } = await this.client.ask({ type: 'subscribe', subscribe: {} });
    await this.client.ask({ type: 'unsubscribe', unsubscribe: {} });
    return subscribed;
  }

  /** Call it while Redis is full. */
  async claims(place: Place): Promise<Claim[]> {
    const post = await this.result({ type: 'channelMessage', channelMessage: { message: 'one too many' } });
    const reads = {
      'a page': { type: 'channelMessages', channelMessages: { before: place.seq } },
      'a subscription': { type: 'subscribe', subscribe: {} },
      'an inbox': { type: 'inbox' },
      'a join': { type: 'channelJoin', channelJoin: { limit: 100 } },
      'the users': { type: 'users' },
      'a leave': { type: 'channelLeave', channelLeave: {} },
      'an unsubscription': { type: 'unsubscribe', unsubscribe: {} },
    };
    const claims = [{ text: `Redis is full: a post gets ${post}`, holds: post === 'STORAGE_FULL' }];
    for (const [what, frame] of Object.entries(reads)) {
      const result = await this.result(frame);
      claims.push({
        text: `${what} of a full Redis that restarted: ${result}`,
        holds: result === 'answered',
      });
    }
    return claims;
  }

  async leave(): Promise<void> {
    await this.client.close();
  }

  /** "answered", or the name of the error that remains when Redis and the services have found each other again. */
  private async result(frame: AnyFrame): Promise<string> {
    const until = performance.now() + WELL_MS;
    const once = async (): Promise<string> => {
      const { error } = await this.client.ask({ ...frame }, ANSWERED_MS);
      if (error?.name === 'UNAVAILABLE' && performance.now() < until) return once();
      return error === undefined ? 'answered' : error.name;
    };
    return within(WELL_DEADLINE_MS, frame.type, once());
  }
}
