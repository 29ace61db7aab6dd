import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { eventually, type OwnRedis, startRedis } from '@parley/testing';
import { Redis } from 'ioredis';
import { firstValueFrom, lastValueFrom, type Observable, Subject, toArray } from 'rxjs';
import { TestParts } from './fixtures/test-service.js';
import { RedisRequest } from './index.js';

jest.setTimeout(60_000);

let handled = new Map<number, number>();
let noted: number[] = [];
let values = new Subject<number>();
let opened: Promise<void>;
let open: () => void = () => undefined;

@Controller()
class SteadyController {
  @MessagePattern('note')
  note(@Payload() n: number): number {
    handled.set(n, (handled.get(n) ?? 0) + 1);
    return n;
  }

  @MessagePattern('note late')
  async noteLate(@Payload() n: number): Promise<number> {
    handled.set(n, (handled.get(n) ?? 0) + 1);
    await opened;
    return n;
  }

  @MessagePattern('values')
  values(): Observable<number> {
    return values;
  }

  @EventPattern('happened')
  happened(@Payload() n: number): void {
    noted.push(n);
  }
}

describe('when Redis goes away', () => {
  let own: OwnRedis;
  let parts: TestParts;
  let prefix = 0;

  beforeAll(async () => {
    own = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
  });
  afterAll(() => own.remove());

  beforeEach(() => {
    handled = new Map();
    noted = [];
    values = new Subject();
    opened = new Promise((resolve) => {
      open = resolve;
    });
    parts = new TestParts({
      prefix: `reconnect${++prefix}`,
      connect: () => new Redis(own.url, { retryStrategy: () => 50 }),
    });
  });
  afterEach(async () => {
    open();
    await parts.close();
  });

  const once = (numbers: number[]) => numbers.map((n) => [n, 1]);
  const handledOnce = () => [...handled].sort(([a], [b]) => a - b);

  it('requests made meanwhile wait and are answered when it is back, each handled once', async () => {
    const { server } = await parts.serve(SteadyController);
    const client = parts.client();
    expect(await firstValueFrom(client.send('note', 0))).toBe(0);
    await own.stop();
    await eventually(() => !client.isReady() && !server.isReady());
    const replies = [1, 2, 3].map((n) => firstValueFrom(client.send('note', n)));
    const emitted = lastValueFrom(client.emit('happened', 7));
    await own.restart();
    expect(await Promise.all(replies)).toEqual([1, 2, 3]);
    expect(await emitted).toBeUndefined();
    expect(handledOnce()).toEqual(once([0, 1, 2, 3]));
    await eventually(() => server.isReady() && client.isReady());
    await eventually(() => noted.length === 1);
  });

  it('requests made meanwhile end in time when it stays away', async () => {
    const client = parts.client({ deadlineMs: 300 });
    await client.connect();
    await own.stop();
    await eventually(() => !client.isReady());
    const ends = [
      firstValueFrom(client.send('note', 1)),
      lastValueFrom(client.emit('happened', 1)),
      client.connect(),
    ].map((end) => end.catch((error: unknown) => error));
    for (const end of await Promise.all(ends))
      expect(end).toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    await own.restart();
    await parts.serve(SteadyController);
    await client.connect();
    expect(await firstValueFrom(client.send('note', 2))).toBe(2);
    expect(handledOnce()).toEqual(once([2]));
  });

  it('a server and a client that start before it work once it is there', async () => {
    await own.stop();
    const client = parts.client();
    const reply = firstValueFrom(client.send('note', 1));
    const served = parts.serve(SteadyController);
    await own.restart();
    const { server } = await served;
    expect(await reply).toBe(1);
    expect(server.isReady()).toBe(true);
  });

  it('traffic resumes automatically when it is killed and restarted, with nothing handled twice', async () => {
    await parts.serve(SteadyController);
    await parts.serve(SteadyController);
    const client = parts.client({ deadlineMs: 2_000 });
    let next = 0;
    let isOver = false;
    const answered: number[] = [];
    const failures: unknown[] = [];
    const lane = async () => {
      while (!isOver) {
        await firstValueFrom(client.send<number>('note', next++)).then(
          (n) => answered.push(n),
          (error: unknown) => failures.push(error),
        );
      }
    };
    const lanes = Array.from({ length: 20 }, lane);
    for (const wanted of [500, 1_500]) {
      await eventually(() => answered.length > wanted);
      await own.kill();
      await own.restart();
    }
    await eventually(() => answered.length > 3_000, { timeoutMs: 15_000 });
    isOver = true;
    await Promise.all(lanes);
    // A reply that Redis took with it when it was killed is lost: its request ends with an error, in time.
    for (const failure of failures) expect(failure).toMatchObject({ retryable: true });
    expect([...handled.values()].every((times) => times === 1)).toBe(true);
    expect(new Set(answered).size).toBe(answered.length);
  });

  it('a reply published while its client is away is published again', async () => {
    await parts.serve(SteadyController);
    const client = parts.client();
    const redis = parts.redis();
    const reply = firstValueFrom(client.send('note late', 1));
    await eventually(() => handled.size === 1);
    const [, subscriber] = client.unwrap<[Redis, Redis]>();
    subscriber.disconnect(true);
    open();
    await eventually(async () => (await redis.get(`reconnect${prefix}:{test}:depth`)) === '0');
    expect(await reply).toBe(1);
    expect(handledOnce()).toEqual(once([1]));
  });

  it('requests with a key ask again for a reply lost with the connection, and are handled once', async () => {
    await parts.serve(SteadyController);
    const client = parts.client();
    const redis = parts.redis();
    const keyed = firstValueFrom(client.send('note late', new RedisRequest(1, { idempotencyKey: 'k' })));
    await eventually(() => handled.size === 1);
    const [, subscriber] = client.unwrap<[Redis, Redis]>();
    subscriber.disconnect(true);
    open();
    await eventually(async () => (await redis.exists(`reconnect${prefix}:{test}:done:k`)) === 1);
    expect(await keyed).toBe(1);
    expect(handledOnce()).toEqual(once([1]));
  });

  it('a repeatable request without a key is sent again, and answered once', async () => {
    await parts.serve(SteadyController);
    const client = parts.client();
    const repeatable = firstValueFrom(client.send('note late', new RedisRequest(1, { isRepeatable: true })));
    await eventually(() => handled.size === 1);
    const [, subscriber] = client.unwrap<[Redis, Redis]>();
    subscriber.disconnect(true);
    await eventually(() => client.metrics().resent === 1);
    open();
    expect(await repeatable).toBe(1);
  });

  it('replies of several values have no value twice and none out of order', async () => {
    const { server } = await parts.serve(SteadyController);
    const client = parts.client();
    const all = lastValueFrom(client.send('values', {}).pipe(toArray()));
    await eventually(() => values.observed);
    const [writer] = server.unwrap<Redis[]>();
    for (let n = 0; n < 30; n++) {
      values.next(n);
      if (n % 10 === 5) writer!.disconnect(true);
      await new Promise((resolve) => setImmediate(resolve));
    }
    values.complete();
    expect(await all).toEqual(Array.from({ length: 30 }, (_, n) => n));
  });

  it('a Redis that lost everything is set up again, and requests continue', async () => {
    const { server } = await parts.serve(SteadyController);
    const client = parts.client();
    const redis = parts.redis();
    expect(await firstValueFrom(client.send('note', 1))).toBe(1);
    await lastValueFrom(client.emit('happened', 1));
    await eventually(() => noted.length === 1);
    await redis.flushall();
    expect(await firstValueFrom(client.send('note', 2))).toBe(2);
    await lastValueFrom(client.emit('happened', 2));
    await eventually(() => noted.length === 2);
    expect(server.isReady()).toBe(true);
    expect(await redis.get(`reconnect${prefix}:{test}:depth`)).toBe('0');
  });

  it('requests end in time while Redis hangs without closing its connections, and work again afterwards', async () => {
    await parts.serve(SteadyController);
    const client = parts.client({ deadlineMs: 500 });
    expect(await firstValueFrom(client.send('note', 1))).toBe(1);
    own.signal('SIGSTOP');
    try {
      await expect(firstValueFrom(client.send('note', 2))).rejects.toMatchObject({ retryable: true });
    } finally {
      own.signal('SIGCONT');
    }
    await eventually(async () => (await firstValueFrom(client.send('note', 3))) === 3);
    expect(handled.get(3)).toBe(1);
  });

  it('a client that ioredis gave up on is replaced', async () => {
    let made = 0;
    const giveUp = new TestParts({
      prefix: `reconnect${prefix}`,
      connect: () => {
        made++;
        return new Redis(own.url, { retryStrategy: () => null });
      },
    });
    try {
      await parts.serve(SteadyController);
      const client = giveUp.client();
      expect(await firstValueFrom(client.send('note', 1))).toBe(1);
      await own.restart();
      expect(await firstValueFrom(client.send('note', 2))).toBe(2);
      expect(made).toBeGreaterThan(2);
    } finally {
      await giveUp.close();
    }
  });
});
