import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { eventually, TestClient } from '@parley/testing';
import { Redis } from 'ioredis';
import { type LiveStack, startLiveStack } from './fixtures/live-stack.js';

jest.setTimeout(180_000);

const MEBIBYTE = 1024 * 1024;
/** The largest message: 4,000 characters of four bytes each. */
const LARGEST = '😀'.repeat(4_000);
const FLOOD_MS = 17_000;

/** Real processes, and a user who writes as much as the rates of frames allow. Takes about a minute. */
describe('one user who fills Redis', () => {
  let live: LiveStack;
  let redis: Redis;
  beforeAll(async () => {
    live = await startLiveStack({ CHANNELS_REPLICAS: '2', GATEWAY_WORKERS: '2' }, 'separate');
    redis = new Redis(live.stack.redisUrl!);
  });
  afterAll(async () => {
    redis?.disconnect();
    await live?.remove();
  });

  const usedBytes = async (): Promise<number> =>
    Number(/used_memory:(\d+)/.exec(await redis.info('memory'))![1]);

  async function signIn(username: string, gateway = 0): Promise<TestClient> {
    const client = await TestClient.connect(live.urls[gateway]!);
    await client.ask({ type: 'signIn', signIn: { username, password: 'a password' } });
    return client;
  }

  const post = (client: TestClient, message: string) =>
    client.ask({ type: 'channelMessage', channelMessage: { message } }, 20_000);

  /** Posts one message after the other for a time. @returns the names of what was refused, each once, and the last retryAfterMs. */
  async function flood(clients: readonly TestClient[], forMs: number) {
    const names = new Set<string>();
    let retryAfterMs = 0;
    const until = performance.now() + forMs;
    const floodOver = async (client: TestClient) => {
      while (performance.now() < until) {
        const { error } = await post(client, LARGEST);
        if (error === undefined) continue;
        names.add(error.name);
        retryAfterMs = error.retryAfterMs;
        await pause(20);
      }
    };
    await Promise.all(clients.map(floodOver));
    return { names: [...names], retryAfterMs };
  }

  it('stores no more than the burst and the rate, over all connections and replicas', async () => {
    const before = await usedBytes();
    const clients = await Promise.all(Array.from({ length: 8 }, (_, n) => signIn('flooder', n % 2)));
    const { names, retryAfterMs } = await flood(clients, FLOOD_MS);
    const grownBytes = (await usedBytes()) - before;
    console.log(`grown by ${(grownBytes / MEBIBYTE).toFixed(1)} MiB in ${FLOOD_MS / 1_000} s`);
    expect(names).toEqual(['RATE_LIMITED']);
    expect(retryAfterMs).toBeGreaterThan(0);
    // The burst of 4 MiB, what two replicas store before they have charged it, and what the processes keep besides.
    expect(grownBytes).toBeLessThan(10 * MEBIBYTE);
    const other = await signIn('somebody-else');
    expect(await post(other, 'hello')).toMatchObject({ type: 'ack' });
    await Promise.all([...clients, other].map((each) => each.close()));
  });

  it('is refused first when Redis is nearly full, and a person gets through to the end', async () => {
    const [bulk, person] = [await signIn('bulk-writer'), await signIn('a-person', 1)];
    for (let n = 0; n < 20; n += 1) expect(await post(bulk, LARGEST)).toMatchObject({ type: 'ack' });
    const used = await usedBytes();
    await redis.config('SET', 'maxmemory', Math.ceil(used / 0.9));
    await eventually(
      async () => {
        const { error } = await post(bulk, 'x');
        expect(error).toMatchObject({ name: 'RATE_LIMITED', retryable: true });
      },
      { timeoutMs: 10_000 },
    );
    for (let n = 0; n < 10; n += 1) expect(await post(person, `line ${n}`)).toMatchObject({ type: 'ack' });
    await redis.config('SET', 'maxmemory', 1);
    await eventually(
      async () => {
        const { error } = await post(person, 'at the end');
        expect(error).toMatchObject({ name: 'STORAGE_FULL', retryable: true });
      },
      { timeoutMs: 10_000 },
    );
    await redis.config('SET', 'maxmemory', 0);
    await Promise.all([bulk, person].map((each) => each.close()));
  });
});
