import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { Ctx, MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import { eventually, testRedis } from '@parley/testing';
import { firstValueFrom, lastValueFrom, Observable, of, range, tap, toArray } from 'rxjs';
import { cutConnections } from './fixtures/own-connections.js';
import { handledKey, type WorkDone, type WorkOrder } from './fixtures/replica-order.js';
import { Replicas } from './fixtures/replicas.js';
import { TestParts } from './fixtures/test-service.js';
import { RedisRequest, type RedisTransportContext } from './index.js';

jest.setTimeout(60_000);

let runs = 0;
let letGo: () => void = () => undefined;

@Controller()
class KeyedController {
  @MessagePattern('count')
  count(@Payload() step: number, @Ctx() context: RedisTransportContext): { runs: number; key?: string } {
    runs += step;
    return { runs, key: context.getIdempotencyKey() };
  }

  @MessagePattern('several')
  several(): Observable<number> {
    runs++;
    return of(runs, 2, 3);
  }

  @MessagePattern('fails once')
  failsOnce(): number {
    if (++runs === 1) throw new RpcException('not now');
    return runs;
  }

  @MessagePattern('waits')
  async waits(@Payload() value: unknown): Promise<unknown> {
    runs++;
    await new Promise<void>((resolve) => {
      letGo = resolve;
    });
    return value;
  }

  @MessagePattern('two parts')
  twoParts(): Observable<string> {
    return new Observable((subscriber) => {
      runs++;
      subscriber.next('first');
      letGo = () => {
        subscriber.next('second');
        subscriber.complete();
      };
    });
  }

  @MessagePattern('many')
  many(): Observable<number> {
    runs++;
    return range(0, 20_000);
  }

  @MessagePattern('large')
  large(): string {
    runs++;
    return 'x'.repeat(2_000);
  }
}

const shared = testRedis();

describe('an idempotency key', () => {
  const parts = new TestParts({
    prefix: shared.prefix,
    connect: () => shared.connect({ connectionName: shared.prefix }),
  });
  const redis = parts.redis();
  const replicas = new Replicas();
  afterAll(async () => {
    await replicas.endAll();
    await parts.close();
  });

  let lastService = 0;
  const setUp = async (limits = {}) => {
    runs = 0;
    const service = `keyed${++lastService}`;
    await parts.serve(KeyedController, { service, ...limits });
    const client = parts.client({ service });
    const ask = <T = unknown>(pattern: string, value: unknown, idempotencyKey: string, from = client) =>
      firstValueFrom(from.send<T>(pattern, new RedisRequest(value, { idempotencyKey })));
    return { service, client, ask };
  };

  it('has its handler run once, and gives the first reply to every later request', async () => {
    const { ask, service } = await setUp();
    const first = await ask('count', 1, 'a');
    expect(first).toEqual({ runs: 1, key: 'a' });
    expect(await ask('count', 1, 'a')).toEqual(first);
    expect(await ask('count', 1, 'a', parts.client({ service }))).toEqual(first);
    expect(await ask('count', 1, 'b')).toEqual({ runs: 2, key: 'b' });
    expect(runs).toBe(2);
  });

  it('expires after its lifetime', async () => {
    const { ask, service } = await setUp({ idempotencyTtlMs: 1_000 });
    await ask('count', 1, 'a');
    expect(await redis.pttl(`${shared.prefix}:{${service}}:done:a`)).toBeGreaterThan(0);
    await redis.pexpire(`${shared.prefix}:{${service}}:done:a`, 1);
    await eventually(async () => (await ask<{ runs: number }>('count', 1, 'a')).runs === 2);
  });

  it('keeps a reply of several values whole', async () => {
    const { client } = await setUp();
    const ask = () =>
      lastValueFrom(client.send('several', new RedisRequest({}, { idempotencyKey: 'a' })).pipe(toArray()));
    expect(await ask()).toEqual([1, 2, 3]);
    expect(await ask()).toEqual([1, 2, 3]);
    expect(runs).toBe(1);
  });

  it('gives a request that is sent again the parts that it may have missed', async () => {
    const { client } = await setUp();
    const got: string[] = [];
    const request = new RedisRequest({}, { idempotencyKey: 'a', inParts: true });
    const end = lastValueFrom(client.send<string>('two parts', request).pipe(tap((part) => got.push(part))));
    await eventually(() => got.length === 1);
    await cutConnections(redis, shared.prefix, 'pubsub');
    await eventually(() => got.length === 2);
    letGo();
    await end;
    expect(got).toEqual(['first', 'first', 'second']);
    expect(runs).toBe(1);
    const again = lastValueFrom(client.send<string>('two parts', request).pipe(toArray()));
    expect(await again).toEqual(['first', 'second']);
  });

  it('is given up by a handler that fails, so that another try runs it again', async () => {
    const { ask } = await setUp();
    await expect(ask('fails once', {}, 'a')).rejects.toMatchObject({ message: 'not now' });
    expect(await ask('fails once', {}, 'a')).toBe(2);
    expect(await ask('fails once', {}, 'a')).toBe(2);
  });

  it('joins requests that arrive while the first one runs in the same process', async () => {
    const { ask } = await setUp();
    const replies = [ask('waits', 'x', 'a'), ask('waits', 'x', 'a')];
    await eventually(() => runs === 1);
    replies.push(ask('waits', 'x', 'a'));
    const other = ask('count', 0, 'b');
    await other;
    letGo();
    expect(await Promise.all(replies)).toEqual(['x', 'x', 'x']);
    expect(runs).toBe(1);
  });

  it('reports that the request is in progress when another replica runs it', async () => {
    const { service } = await setUp();
    const order = { kind: 'streams' as const, port: Number(new URL(shared.url).port), prefix: shared.prefix };
    const away = `${service}-away`;
    await Promise.all([1, 2].map(() => replicas.start({ ...order, service: away })));
    const client = parts.client({ service: away });
    const ask = (n: number) =>
      firstValueFrom(
        client.send<WorkDone>(
          'work',
          new RedisRequest({ n, takesMs: 1_500 } satisfies WorkOrder, { idempotencyKey: 'k' }),
        ),
      ).catch((error: unknown) => error);
    const first = ask(1);
    await eventually(async () => (await redis.hlen(handledKey(shared.prefix))) === 1);
    // Sent one by one until the other replica gets one: the one that runs the first joins those that it gets.
    const answers: unknown[] = [];
    await eventually(async () => {
      void ask(1).then((answer) => answers.push(answer));
      return answers.length > 0;
    });
    expect(answers[0]).toMatchObject({
      code: 'IN_PROGRESS',
      retryable: true,
      retryAfterMs: expect.any(Number),
    });
    expect(await first).toMatchObject({ n: 1 });
    expect(await redis.hgetall(handledKey(shared.prefix))).toEqual({ 1: '1' });
  });

  it('claimed by a replica that died is claimed by the one that takes the request over', async () => {
    const order = {
      kind: 'streams' as const,
      port: Number(new URL(shared.url).port),
      prefix: shared.prefix,
      service: `keyed${++lastService}`,
      limits: { takeOverAfterMs: 300 },
    };
    const first = await replicas.start(order);
    // A process may take its time to start on a busy machine.
    const client = parts.client({ service: order.service, deadlineMs: 30_000 });
    const request = new RedisRequest({ n: 7, hangs: true } satisfies WorkOrder, { idempotencyKey: 'k' });
    const reply = firstValueFrom(client.send<WorkDone>('work', request));
    await eventually(async () => (await redis.hget(handledKey(shared.prefix), '7')) === '1');
    const second = await replicas.start(order);
    first.signal('SIGKILL');
    expect(await reply).toMatchObject({ pid: second.pid, tries: 2 });
    expect(await firstValueFrom(client.send<WorkDone>('work', request))).toMatchObject({ tries: 2 });
    expect(await redis.hget(handledKey(shared.prefix), '7')).toBe('2');
  });

  it('keeps no reply of too many values, and does not run the handler again either', async () => {
    const { client } = await setUp();
    const ask = () =>
      lastValueFrom(client.send('many', new RedisRequest({}, { idempotencyKey: 'a' })).pipe(toArray()));
    const both = await Promise.allSettled([ask(), ask()]);
    expect(both[0]).toMatchObject({ status: 'fulfilled', value: { length: 20_000 } });
    const gone = { code: 'UNAVAILABLE', retryable: false };
    expect(both[1]).toMatchObject({ status: 'rejected', reason: gone });
    await expect(ask()).rejects.toMatchObject(gone);
    expect(runs).toBe(1);
  });

  it('does not keep a reply beyond its bound, and does not run the handler again either', async () => {
    const { ask } = await setUp({ maxStoredReplyBytes: 1_000 });
    expect(await ask('large', {}, 'a')).toHaveLength(2_000);
    await expect(ask('large', {}, 'a')).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: false });
    expect(runs).toBe(1);
  });
});
