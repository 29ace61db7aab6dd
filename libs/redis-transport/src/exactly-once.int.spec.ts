import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { type ClientProxy, ClientProxyFactory, Transport } from '@nestjs/microservices';
import { eventually, type OwnRedis, startRedis } from '@parley/testing';
import { Redis } from 'ioredis';
import { firstValueFrom } from 'rxjs';
import { handledKey, type ReplicaOrder, type WorkDone } from './fixtures/replica-order.js';
import { Replicas } from './fixtures/replicas.js';
import { RedisTransportClient } from './index.js';

jest.setTimeout(60_000);

// The stock client logs each of the replies that are one too many.
Logger.overrideLogger(false);

const REQUESTS = 10_000;
const IN_FLIGHT = 200;

/** Asks for 0…9,999, so many at a time. Returns how many each process answered. */
async function askAll(client: ClientProxy): Promise<Map<number, number>> {
  const answered = new Map<number, number>();
  let next = 0;
  const lane = async () => {
    while (next < REQUESTS) {
      const n = next++;
      const done = await firstValueFrom(client.send<WorkDone>('work', { n }));
      expect(done.n).toBe(n);
      answered.set(done.pid, (answered.get(done.pid) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  return answered;
}

describe('10,000 requests', () => {
  const replicas = new Replicas();
  let own: OwnRedis;
  let redis: Redis;

  beforeAll(async () => {
    // The stock transporter has no prefix, and this much traffic is not for the Redis that all tests share.
    own = await startRedis();
    redis = new Redis(own.url);
  });

  afterAll(async () => {
    await replicas.endAll();
    redis.disconnect();
    await own.remove();
  });

  const start = (count: number, order: ReplicaOrder) =>
    Promise.all(Array.from({ length: count }, () => replicas.start(order)));

  const timesHandled = async (prefix: string) => {
    const times = (await redis.hvals(handledKey(prefix))).map(Number);
    return { requests: times.length, times: [...new Set(times)] };
  };

  it.each([1, 2, 3])(
    'over %i replicas are handled exactly once each',
    async (count) => {
      const prefix = `once${count}`;
      const started = await start(count, { kind: 'streams', port: own.port, prefix, service: 'work' });
      const client = new RedisTransportClient({
        service: 'work',
        prefix,
        clientName: 'tester',
        connect: () => new Redis(own.url),
      });
      try {
        const answered = await askAll(client);
        expect(await timesHandled(prefix)).toEqual({ requests: REQUESTS, times: [1] });
        expect([...answered.keys()].sort()).toEqual(started.map(({ pid }) => pid).sort());
        const left = async () => [
          await redis.xlen(`${prefix}:{work}:requests`),
          Number(await redis.get(`${prefix}:{work}:depth`)),
          await redis.hlen(`${prefix}:{work}:partial`),
        ];
        await eventually(async () => expect(await left()).toEqual([0, 0, 0]));
      } finally {
        await client.close();
        await replicas.endAll();
      }
    },
    30_000,
  );

  it('over 2 replicas are handled twice each by the stock transporter', async () => {
    await start(2, { kind: 'stock', port: own.port, prefix: 'stock', service: 'work' });
    const client = ClientProxyFactory.create({
      transport: Transport.REDIS,
      options: { host: '127.0.0.1', port: own.port },
    });
    try {
      await askAll(client);
      await eventually(async () =>
        expect(await timesHandled('stock')).toEqual({ requests: REQUESTS, times: [2] }),
      );
    } finally {
      await client.close();
      await replicas.endAll();
    }
  });
});
