import { setImmediate, setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { eventually, type TestRedis, testRedis } from '@parley/testing';
import { firstValueFrom, lastValueFrom, NEVER, Observable } from 'rxjs';
import { TestParts } from './fixtures/test-service.js';
import type { RedisTransportContext } from './index.js';
import { enqueueRequests } from './redis/enqueue-requests.js';
import { TransportKeys } from './redis/keys.js';

jest.setTimeout(60_000);

let noted: unknown[] = [];
let letGo: () => void = () => undefined;

@Controller()
class HandlingController {
  @MessagePattern('echo')
  echo(@Payload() value: unknown): unknown {
    return value;
  }

  @MessagePattern('waits')
  async waits(@Payload() value: unknown, @Ctx() context: RedisTransportContext): Promise<unknown> {
    noted.push(context.getTry());
    await new Promise<void>((resolve) => {
      letGo = resolve;
    });
    return value;
  }

  @MessagePattern('never ends')
  neverEnds(): Observable<never> {
    noted.push('never ends');
    return NEVER;
  }
}

@Controller()
class CompletingController {
  @MessagePattern('since')
  since(): void {
    noted.push('in time');
  }

  @MessagePattern('since', { lapsed: true })
  complete(@Payload() value: unknown): void {
    noted.push(value);
  }
}

const QUICK = { takeOverAfterMs: 300 };

describe('what others do to a replica', () => {
  let shared: TestRedis;
  let parts: TestParts;
  let keys: TransportKeys;

  const setUp = () => {
    noted = [];
    shared = testRedis();
    parts = new TestParts({ prefix: shared.prefix, connect: () => shared.connect() });
    keys = new TransportKeys(shared.prefix, 'test');
    return { redis: parts.redis(), client: parts.client({ deadlineMs: 20_000 }) };
  };
  afterEach(async () => {
    letGo();
    await parts.close();
  });

  /** Stores requests, each in an entry of its own, and has a replica read them that dies at once. */
  const dieWith = async (redis: ReturnType<TestParts['redis']>, bodies: string[]) => {
    const names = { requests: keys.requests(), depth: keys.depth(), sent: keys.sent('dead.1') };
    for (const [at, body] of bodies.entries())
      await enqueueRequests(redis, names, { batch: at + 1, maxQueue: 100, size: 1, body });
    await redis.xgroup('CREATE', keys.requests(), 'test', '0', 'MKSTREAM').catch(() => undefined);
    await redis.xreadgroup('GROUP', 'test', 'dead', 'COUNT', 100, 'STREAMS', keys.requests(), '>');
  };
  const bodyOf = (pattern: string, data: unknown, timeMs: number) =>
    JSON.stringify({ c: 'dead.1', t: timeMs, p: [{ pattern, data, id: '00000000001' }] });

  it('a replica that was silent for a while does not count that as tries of what it has in hand', async () => {
    const { redis, client } = setUp();
    await parts.serve(HandlingController, QUICK);
    const reply = firstValueFrom(client.send('waits', 'x'));
    await eventually(() => noted.length === 1);
    for (let round = 0; round < 4; round++) {
      const end = performance.now() + 500;
      while (performance.now() < end);
      await setTimeout(150);
    }
    const [[, , , tries]] = (await redis.xpending(keys.requests(), 'test', '-', '+', 1)) as [
      [string, string, number, number],
    ];
    expect(tries).toBe(1);
    letGo();
    expect(await reply).toBe('x');
  });

  it('a last try that never ends keeps no other from its last try for ever', async () => {
    const { redis } = setUp();
    await dieWith(redis, [bodyOf('never ends', 1, 60_000), bodyOf('echo', 2, 60_000)]);
    await parts.serve(HandlingController, { takeOverAfterMs: 100, maxTries: 2 });
    await eventually(() => noted.length === 1);
    // The one that ended has left the stream.
    await eventually(async () => (await redis.xlen(keys.requests())) === 1, { timeoutMs: 5_000 });
  });

  it('a request that lapsed is left to a replica that knows its pattern', async () => {
    const { redis } = setUp();
    await dieWith(redis, [bodyOf('since', 'completed', 1)]);
    const before = await parts.serve(HandlingController, { takeOverAfterMs: 100, maxTries: 5 });
    await eventually(() => before.server.metrics().takenOver === 1);
    await parts.serve(CompletingController, { takeOverAfterMs: 100, maxTries: 5 });
    await before.app.close();
    await eventually(() => noted.length > 0);
    expect(noted).toEqual(['completed']);
    await eventually(async () => (await redis.xlen(keys.requests())) === 0);
  });

  it('a request that lapsed and that no replica knows is set aside, not forgotten', async () => {
    const { redis } = setUp();
    await dieWith(redis, [bodyOf('since', 'completed', 1)]);
    await parts.serve(HandlingController, { takeOverAfterMs: 100 });
    await eventually(async () => (await redis.xlen(keys.dead())) === 1);
    expect(await redis.get(keys.depth())).toBe('0');
  });

  it('a group that was lost does not run again what a replica has in hand', async () => {
    const { redis, client } = setUp();
    await parts.serve(HandlingController, QUICK);
    const reply = firstValueFrom(client.send('waits', 'x'));
    await eventually(() => noted.length === 1);
    await redis.xgroup('DESTROY', keys.requests(), 'test');
    expect(await firstValueFrom(client.send('echo', 1))).toBe(1);
    expect(noted).toEqual([1]);
    letGo();
    expect(await reply).toBe('x');
    await eventually(async () => (await redis.xlen(keys.requests())) === 0);
  });

  it('requests that count as very many each are not more in a batch than a server can read', async () => {
    setUp();
    await parts.serve(HandlingController);
    const client = parts.client({ maxQueue: 10_000_000, maxQueueBytes: 1_048_576, deadlineMs: 5_000 });
    const text = 'x'.repeat(2_000);
    const replies = Array.from({ length: 100 }, () => firstValueFrom(client.send('echo', text)));
    expect(new Set(await Promise.all(replies))).toEqual(new Set([text]));
  });

  it('a client keeps no more than its bound of bytes while Redis is away', async () => {
    setUp();
    const client = parts.client({ maxPendingBytes: 1_048_576, deadlineMs: 500 });
    const ends = [1, 2, 3].map(() =>
      firstValueFrom(client.send('echo', 'x'.repeat(600_000))).catch((error: unknown) => error),
    );
    const [, , third] = await Promise.all(ends);
    expect(third).toMatchObject({ code: 'OVERLOADED' });
    expect(client.metrics().pending).toBe(0);
    // What has ended no longer counts.
    await parts.serve(HandlingController);
    expect(await firstValueFrom(client.send('echo', 1))).toBe(1);
  });
});

describe('an event with several handlers', () => {
  let parts: TestParts;
  let failures = 0;

  @Controller()
  class ListeningController {
    @EventPattern('said')
    endsAtOnce(@Payload() _: unknown): Observable<never> {
      noted.push('ends at once');
      return new Observable((subscriber) => subscriber.complete());
    }

    @EventPattern('said')
    failsOnce(@Payload() _: unknown): void {
      noted.push('fails once');
      if (failures++ === 0) throw new Error('not now');
    }

    @EventPattern('said')
    async takesLong(@Payload() value: unknown): Promise<void> {
      noted.push('begins');
      await setTimeout(200);
      await setImmediate();
      noted.push(value);
    }

    @MessagePattern('said')
    answers(): string {
      return 'answered';
    }
  }

  const setUp = async () => {
    noted = [];
    failures = 0;
    const shared = testRedis();
    const keys = new TransportKeys(shared.prefix, 'test');
    parts = new TestParts({ prefix: shared.prefix, connect: () => shared.connect() });
    const { server } = await parts.serve(ListeningController, { eventBackOffMs: 10 });
    const client = parts.client();
    await lastValueFrom(client.emit('said', 'done'), { defaultValue: undefined });
    return { server, client, keys, redis: parts.redis() };
  };
  afterEach(() => parts.close());

  it('is acknowledged when all have succeeded, and runs those again that have failed', async () => {
    const { server, redis, keys } = await setUp();
    await eventually(() => server.metrics().handled === 1);
    expect(noted.slice().sort()).toEqual(['begins', 'done', 'ends at once', 'fails once', 'fails once']);
    expect(server.metrics()).toMatchObject({ failed: 1, retried: 1 });
    await eventually(async () => ((await redis.xpending(keys.events(), 'test')) as unknown[])[0] === 0);
  });

  it('is handled, and answered, where a request has the same pattern', async () => {
    const { server, client } = await setUp();
    expect(await firstValueFrom(client.send('said', 1))).toBe('answered');
    await eventually(() => server.metrics().handled === 2);
    expect(noted).toContain('done');
  });
});
