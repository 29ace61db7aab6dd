import { afterAll, afterEach, describe, expect, it, jest } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import { eventually, startRedis, testRedis } from '@parley/testing';
import { Redis } from 'ioredis';
import { concat, firstValueFrom, interval, lastValueFrom, NEVER, type Observable, of } from 'rxjs';
import { TestParts } from './fixtures/test-service.js';
import {
  RedisRequest,
  RedisTransportClient,
  type RedisTransportContext,
  RedisTransportError,
} from './index.js';

jest.setTimeout(60_000);

/** Resolved by a test to release the waiting handlers. */
let gate: { opened: Promise<void>; open: () => void };
const closeGate = () => {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  gate = { opened, open };
};
closeGate();
let most = 0;
let running = 0;
/** A test that fails may leave handlers waiting, which the next test must not count. */
afterEach(async () => {
  gate.open();
  await eventually(() => running === 0);
});

@Controller()
class LimitsController {
  @MessagePattern('quick')
  quick(@Payload() value: unknown): unknown {
    return value;
  }

  @MessagePattern('waits')
  async waits(@Payload() value: unknown): Promise<unknown> {
    most = Math.max(most, ++running);
    await gate.opened;
    running--;
    return value;
  }

  @MessagePattern('time left')
  timeLeft(@Ctx() context: RedisTransportContext): number {
    return context.getRemainingMs();
  }

  @MessagePattern('compared by')
  comparedBy(@Ctx() context: RedisTransportContext): [deadline: number, order: number] {
    return [context.getDeadline(), context.getOrder()];
  }

  @MessagePattern('endless')
  endless(): Observable<number> {
    return interval(10);
  }

  @MessagePattern('silent')
  silent(): Observable<number> {
    return concat(of(1), NEVER);
  }
}

const shared = testRedis();

describe('limits', () => {
  const parts = new TestParts({ prefix: shared.prefix, connect: () => shared.connect() });
  const redis = parts.redis();
  afterAll(() => parts.close());
  const depth = (service: string) => redis.get(`${shared.prefix}:{${service}}:depth`).then(Number);

  it('refuses at once exactly what exceeds the queue, and accepts more when there is room', async () => {
    const client = parts.client({ service: 'queue', maxQueue: 10 });
    const outcomes = Promise.allSettled(
      Array.from({ length: 14 }, (_, n) => firstValueFrom(client.send('quick', n))),
    );
    await eventually(async () => expect(client.metrics().overloaded).toBe(4));
    expect(await depth('queue')).toBe(10);
    const refusedAt = performance.now();
    const refusal = await firstValueFrom(client.send('quick', 99)).catch((error: unknown) => error);
    expect(performance.now() - refusedAt).toBeLessThan(3_000);
    expect(refusal).toBeInstanceOf(RedisTransportError);
    expect(refusal).toMatchObject({ code: 'OVERLOADED', retryable: true, retryAfterMs: expect.any(Number) });
    await parts.serve(LimitsController, { service: 'queue' });
    const settled = await outcomes;
    expect(settled.slice(0, 10).every(({ status }) => status === 'fulfilled')).toBe(true);
    expect(settled.slice(10).every(({ status }) => status === 'rejected')).toBe(true);
    await eventually(async () => expect(await depth('queue')).toBe(0));
    expect(await firstValueFrom(client.send('quick', 100))).toBe(100);
  });

  it('counts a large request as several, so that the queue is bounded in bytes', async () => {
    // An equal share of the bytes is 104,857.
    const client = parts.client({
      service: 'heavy',
      maxQueue: 10,
      maxQueueBytes: 1_048_576,
      deadlineMs: 60_000,
    });
    const send = (size: number) => firstValueFrom(client.send<string>('quick', 'x'.repeat(size)));
    const large = [400_000, 400_000].map(send);
    await eventually(async () => expect(await depth('heavy')).toBe(8));
    await expect(send(400_000)).rejects.toMatchObject({ code: 'OVERLOADED', retryable: true });
    const small = [1, 1].map(send);
    await eventually(async () => expect(await depth('heavy')).toBe(10));
    await expect(send(1)).rejects.toMatchObject({ code: 'OVERLOADED' });
    await parts.serve(LimitsController, { service: 'heavy' });
    const lengths = (await Promise.all([...large, ...small])).map(({ length }) => length);
    expect(lengths).toEqual([400_000, 400_000, 1, 1]);
    await eventually(async () => expect(await depth('heavy')).toBe(0));
  });

  it('keeps no more replies than allowed, but knows that their requests were handled', async () => {
    const { server } = await parts.serve(LimitsController, { service: 'kept', maxStoredRepliesBytes: 200 });
    const client = parts.client({ service: 'kept' });
    const ask = (key: string) =>
      firstValueFrom(client.send('quick', new RedisRequest('x'.repeat(80), { idempotencyKey: key })));
    for (const key of ['a', 'b']) await ask(key);
    await eventually(async () => expect(await redis.get(`${shared.prefix}:{kept}:done:a`)).toBe('V'));
    expect(await redis.get(`${shared.prefix}:{kept}:done:b`)).toMatch(/^V\[/);
    await expect(ask('a')).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: false });
    expect(await ask('b')).toBe('x'.repeat(80));
    expect(server.metrics().handled).toBe(2);
  });

  it('repairs a count that outlived the requests it counted', async () => {
    const client = parts.client({ service: 'healed', maxQueue: 10 });
    await redis.set(`${shared.prefix}:{healed}:depth`, 1_000);
    await parts.serve(LimitsController, { service: 'healed' });
    expect(await firstValueFrom(client.send('quick', 1))).toBe(1);
    await eventually(async () => expect(await depth('healed')).toBe(0));
  });

  it('refuses at once what exceeds the requests that one client may have waiting', async () => {
    const client = parts.client({ service: 'nobody', maxPending: 2, deadlineMs: 200 });
    await client.connect();
    const waiting = [1, 2].map((n) =>
      firstValueFrom(client.send('quick', n)).catch((error: unknown) => error),
    );
    await expect(firstValueFrom(client.send('quick', 3))).rejects.toMatchObject({ code: 'OVERLOADED' });
    await expect(firstValueFrom(client.emit('happened', 3))).rejects.toMatchObject({ code: 'OVERLOADED' });
    expect(await Promise.all(waiting)).toMatchObject([
      { code: 'DEADLINE_EXCEEDED' },
      { code: 'DEADLINE_EXCEEDED' },
    ]);
  });

  it('runs no more handlers at once than allowed, and leaves the rest to other replicas', async () => {
    closeGate();
    most = 0;
    const { server } = await parts.serve(LimitsController, { service: 'bounded', maxInFlight: 3 });
    const client = parts.client({ service: 'bounded', batchMax: 1 });
    const replies = Promise.all(
      Array.from({ length: 20 }, (_, n) => firstValueFrom(client.send('waits', n))),
    );
    await eventually(() => running === 3);
    await eventually(async () => (await depth('bounded')) === 20);
    expect(server.metrics()).toMatchObject({ inFlight: 3, queued: 0 });
    gate.open();
    expect(await replies).toHaveLength(20);
    expect(most).toBe(3);
  });

  it('ends a request at its own deadline, and tells the handler what is left', async () => {
    closeGate();
    await parts.serve(LimitsController, { service: 'deadlines' });
    const client = parts.client({ service: 'deadlines', deadlineMs: 5_000 });
    await client.connect();
    const startedAt = performance.now();
    const late = firstValueFrom(client.send('waits', new RedisRequest(1, { deadlineMs: 150 })));
    await expect(late).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED', retryable: true });
    const took = performance.now() - startedAt;
    expect(took).toBeGreaterThanOrEqual(149);
    expect(took).toBeLessThan(4_000);
    const left = await firstValueFrom(client.send<number>('time left', {}));
    expect(left).toBeGreaterThan(3_000);
    // Two clocks are compared, and that of Redis may be adjusted meanwhile.
    expect(left).toBeLessThan(5_500);
    const ask = () => firstValueFrom(client.send<[number, number]>('compared by', {}));
    const [first, second] = [await ask(), await ask()];
    expect(second[0] - first[0]).toBeGreaterThanOrEqual(0);
    expect(second[1]).toBeGreaterThanOrEqual(first[1]);
    // The order is that of the time at which the request was stored, which its deadline is 5 s after.
    expect(first[0] - Math.floor(first[1] / 1_000)).toBe(5_000);
    gate.open();
  });

  it('ends replies of several values that continue past the deadline, on both sides', async () => {
    const { server } = await parts.serve(LimitsController, { service: 'endless', takeOverAfterMs: 150 });
    const client = parts.client({ service: 'endless', deadlineMs: 200 });
    await client.connect();
    for (const pattern of ['endless', 'silent']) {
      await expect(lastValueFrom(client.send(pattern, {}))).rejects.toMatchObject({
        code: 'DEADLINE_EXCEEDED',
      });
    }
    await eventually(() => server.metrics().inFlight === 0);
    await eventually(async () => (await depth('endless')) === 0);
  });

  it('sends a payload larger than a batch on its own, and large replies whole', async () => {
    await parts.serve(LimitsController, { service: 'large' });
    const client = parts.client({ service: 'large', batchBytes: 1_024 });
    const large = 'ü'.repeat(2_000_000);
    const replies = await Promise.all(
      [large, 'small', large].map((text) => firstValueFrom(client.send('quick', text))),
    );
    expect(replies).toEqual([large, 'small', large]);
  });

  it('ends waiting requests with CLOSED when the client is closed, and refuses later ones', async () => {
    const client = parts.client({ service: 'nobody' });
    const waiting = firstValueFrom(client.send('quick', 1)).catch((error: unknown) => error);
    const emitted = firstValueFrom(client.emit('happened', 1));
    await client.close();
    expect(await waiting).toMatchObject({ code: 'CLOSED', retryable: false });
    expect(await emitted).toBeUndefined();
    await expect(firstValueFrom(client.send('quick', 1))).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(client.connect()).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it.each([
    ['a service name that would break the hash tag', { service: 'a}b' }],
    ['a client name that would break an ACL pattern', { clientName: 'a*' }],
    ['a number out of its bounds', { deadlineMs: 0 }],
    ['a number that is not whole', { maxPending: 1.5 }],
  ])('refuses %s', (_, options) => {
    const connect = () => shared.connect();
    expect(() => new RedisTransportClient({ service: 'a', clientName: 'b', connect, ...options })).toThrow(
      RangeError,
    );
  });
});

describe('a Redis without memory left', () => {
  it('stores nothing more, says so, and still delivers what it has', async () => {
    const own = await startRedis({ args: ['--maxmemory', '4mb', '--maxmemory-policy', 'noeviction'] });
    const parts = new TestParts({ prefix: 'full', connect: () => new Redis(own.url) });
    try {
      const redis = parts.redis();
      closeGate();
      await parts.serve(LimitsController, { service: 'full' });
      const client = parts.client({ service: 'full' });
      const keyed = new RedisRequest('kept', { idempotencyKey: 'k' });
      // Two in one entry. One finishes at once, so a mark has to be written while memory is short.
      const before = [
        firstValueFrom(client.send('waits', keyed)),
        firstValueFrom(client.send('waits', 'plain')),
      ];
      await eventually(() => running === 2);
      await redis.config('SET', 'maxmemory', '1');
      await expect(firstValueFrom(client.send('quick', 1))).rejects.toMatchObject({
        code: 'STORAGE_FULL',
        retryable: true,
      });
      // In one turn, so in one batch with a request that is refused.
      const reads = new RedisRequest(3, { evenWhenFull: true });
      const [refused, read] = await Promise.allSettled([
        firstValueFrom(client.send('quick', 1)),
        firstValueFrom(client.send('quick', reads)),
      ]);
      expect(refused).toMatchObject({ reason: { code: 'STORAGE_FULL' } });
      expect(read).toEqual({ status: 'fulfilled', value: 3 });
      await expect(firstValueFrom(client.emit('happened', 1))).rejects.toMatchObject({
        code: 'STORAGE_FULL',
      });
      gate.open();
      expect(await Promise.all(before)).toEqual(['kept', 'plain']);
      await eventually(async () => (await redis.get('full:{full}:depth')) === '0');
      expect(await redis.get('full:{full}:done:k')).toMatch(/^V/);
      await redis.config('SET', 'maxmemory', '100mb');
      expect(await firstValueFrom(client.send('quick', 2))).toBe(2);
    } finally {
      gate.open();
      await parts.close();
      await own.remove();
    }
  });
});
