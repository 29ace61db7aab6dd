import { afterAll, afterEach, describe, expect, it, jest } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { eventually, testRedis } from '@parley/testing';
import { firstValueFrom } from 'rxjs';
import { handledKey, type WorkDone } from './fixtures/replica-order.js';
import { Replicas } from './fixtures/replicas.js';
import { TestParts } from './fixtures/test-service.js';

jest.setTimeout(60_000);

/** Requests on the way at the same time: they leave a replica that starts some of the machine. */
const LANES = 10;

let opened: Promise<void>;
let open: () => void;
let begun = 0;

@Controller()
class WaitingController {
  @MessagePattern('waits')
  async waits(@Payload() value: unknown): Promise<unknown> {
    begun++;
    await opened;
    return value;
  }
}

const shared = testRedis();

describe('shutting down', () => {
  const parts = new TestParts({ prefix: shared.prefix, connect: () => shared.connect() });
  const redis = parts.redis();
  const replicas = new Replicas();
  afterEach(() => replicas.endAll());
  afterAll(() => parts.close());

  let lastService = 0;
  const setUp = () => {
    begun = 0;
    opened = new Promise((resolve) => {
      open = resolve;
    });
    const service = `closing${++lastService}`;
    const stream = `${shared.prefix}:{${service}}:requests`;
    const consumers = async () => (await redis.xinfo('CONSUMERS', stream, service)) as unknown[];
    return { service, stream, consumers, client: parts.client({ service }) };
  };

  it('finishes the requests in hand, answers them, and leaves the group', async () => {
    const { service, client, consumers, stream } = setUp();
    const { app, server } = await parts.serve(WaitingController, { service });
    const replies = [1, 2, 3].map((n) => firstValueFrom(client.send('waits', n)));
    await eventually(() => begun === 3);
    const closed = app.close();
    expect(server.isReady()).toBe(false);
    open();
    expect(await Promise.all(replies)).toEqual([1, 2, 3]);
    await closed;
    expect(await consumers()).toEqual([]);
    expect(await redis.xlen(stream)).toBe(0);
  });

  it('waits no longer than allowed, and leaves the rest to be taken over', async () => {
    const { service, client, consumers } = setUp();
    const limits = { service, takeOverAfterMs: 300 };
    const { app } = await parts.serve(WaitingController, { ...limits, drainMs: 50 });
    const reply = firstValueFrom(client.send('waits', 1));
    await eventually(() => begun === 1);
    const startedAt = performance.now();
    await app.close();
    // By default it may wait for 5 s.
    expect(performance.now() - startedAt).toBeLessThan(4_500);
    expect(await consumers()).toHaveLength(1);
    open();
    await parts.serve(WaitingController, limits);
    expect(await reply).toBe(1);
    expect(begun).toBe(2);
  });

  it('accepts no new request once it has begun', async () => {
    const { service, client } = setUp();
    const { app } = await parts.serve(WaitingController, { service });
    const first = firstValueFrom(client.send('waits', 1));
    await eventually(() => begun === 1);
    const closed = app.close();
    const { app: second } = await parts.serve(WaitingController, { service });
    const others = [2, 3].map((n) => firstValueFrom(client.send('waits', n)));
    await eventually(() => begun === 3);
    open();
    expect(await Promise.all([first, ...others])).toEqual([1, 2, 3]);
    await closed;
    await second.close();
  });

  it('loses nothing, and has nothing handled twice, under traffic', async () => {
    const { service, client, consumers } = setUp();
    const port = Number(new URL(shared.url).port);
    const start = () => replicas.start({ kind: 'streams', port, prefix: shared.prefix, service });
    let current = await start();
    let isOver = false;
    let next = 0;
    const lane = async () => {
      while (!isOver) {
        const n = next++;
        const done = await firstValueFrom(client.send<WorkDone>('work', { n }));
        expect(done).toMatchObject({ n, tries: 1 });
      }
    };
    const lanes = Promise.all(Array.from({ length: LANES }, lane));
    for (let round = 0; round < 3; round++) {
      const successor = await start();
      const sofar = next;
      await eventually(() => next > sofar + 100);
      current.signal('SIGTERM');
      expect(await current.ended).toBe(0);
      current = successor;
    }
    isOver = true;
    await lanes;
    const times = (await redis.hvals(handledKey(shared.prefix))).map(Number);
    expect(times).toHaveLength(next);
    expect(new Set(times)).toEqual(new Set([1]));
    expect(await consumers()).toHaveLength(1);
  });
});
