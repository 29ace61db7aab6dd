import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  type CallHandler,
  type CanActivate,
  Catch,
  Controller,
  type ExecutionContext,
  type INestMicroservice,
  type NestInterceptor,
  type PipeTransform,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import {
  BaseRpcExceptionFilter,
  type ClientProxy,
  ClientProxyFactory,
  Ctx,
  EventPattern,
  MessagePattern,
  Payload,
  RpcException,
  Transport,
} from '@nestjs/microservices';
import { eventually, testRedis } from '@parley/testing';
import {
  concat,
  delay,
  EMPTY,
  firstValueFrom,
  from,
  interval,
  lastValueFrom,
  map,
  materialize,
  type Observable,
  of,
  take,
  throwError,
  timer,
  toArray,
} from 'rxjs';
import { createApp } from './fixtures/test-service.js';
import { RedisRequest, RedisTransportClient, RedisTransportServer } from './index.js';

jest.setTimeout(60_000);

class Denying implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return context.switchToRpc().getData<{ allowed: boolean }>().allowed;
  }
}

class Doubling implements PipeTransform<number, number> {
  transform(value: number): number {
    if (typeof value !== 'number') throw new RpcException('a number, please');
    return value * 2;
  }
}

class Wrapping implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((value) => ({ wrapped: value })));
  }
}

@Catch(TypeError)
class Translating extends BaseRpcExceptionFilter {
  override catch(error: TypeError): Observable<never> {
    return throwError(() => ({ translated: error.message }));
  }
}

const events: unknown[] = [];
let heard: () => void = () => undefined;

@Controller()
class CasesController {
  @MessagePattern('value')
  value(@Payload() value: unknown): unknown {
    return value;
  }

  @MessagePattern('promise')
  async promise(@Payload() value: unknown): Promise<unknown> {
    return value;
  }

  @MessagePattern('nothing')
  nothing(): void {}

  @MessagePattern('gives null')
  givesNull(): null {
    return null;
  }

  @MessagePattern({ cmd: 'object', area: { deep: 1 } })
  object(): string {
    return 'by object';
  }

  @MessagePattern(['first', 'second'])
  several(): string {
    return 'either';
  }

  @MessagePattern(404)
  numbered(): string {
    return 'by number';
  }

  @MessagePattern('stream')
  stream(): Observable<number> {
    return of(1, 2, 3);
  }

  @MessagePattern('slow stream')
  slowStream(): Observable<number> {
    return interval(5).pipe(take(4));
  }

  @MessagePattern('late end')
  lateEnd(): Observable<number> {
    return concat(of(1), timer(20).pipe(map(() => 2)), EMPTY.pipe(delay(20)));
  }

  @MessagePattern('promised stream')
  async promisedStream(): Promise<Observable<string>> {
    return from(['a', 'b']);
  }

  @MessagePattern('empty')
  empty(): Observable<never> {
    return EMPTY;
  }

  @MessagePattern('failing stream')
  failingStream(): Observable<number> {
    return concat(
      of(1, 2),
      throwError(() => new RpcException('broke off')),
    );
  }

  @MessagePattern('throws')
  throws(): never {
    throw new RpcException('thrown');
  }

  @MessagePattern('rejects')
  async rejects(): Promise<never> {
    throw new RpcException({ code: 7, reason: ['x'] });
  }

  @MessagePattern('throws unknown')
  throwsUnknown(): never {
    throw new Error('secret');
  }

  @UseGuards(Denying)
  @MessagePattern('guarded')
  guarded(): string {
    return 'let in';
  }

  @MessagePattern('piped')
  piped(@Payload(Doubling) value: number): number {
    return value;
  }

  @UseInterceptors(Wrapping)
  @MessagePattern('intercepted')
  intercepted(@Payload() value: unknown): unknown {
    return value;
  }

  @UseFilters(Translating)
  @MessagePattern('filtered')
  filtered(): unknown {
    throw new TypeError('of the wrong kind');
  }

  @MessagePattern('part')
  part(@Payload('inner') inner: unknown): unknown {
    return inner;
  }

  @MessagePattern('metadata')
  metadata(@Ctx() context: { getMetadata(): unknown }): unknown {
    return context.getMetadata();
  }

  @EventPattern('happened')
  happened(@Payload() value: unknown): void {
    events.push(['first', value]);
  }

  @EventPattern('happened')
  happenedToo(@Payload() value: unknown): void {
    events.push(['second', value]);
    heard();
  }

  @EventPattern('went wrong')
  wentWrong(@Payload() value: unknown): void {
    throw new Error(`an event handler failed: ${String(value)}`);
  }
}

let controllersMade = 0;

const MISSING = /invalid data or message pattern/;

/** The outcome of a request: `N` values, then `C` or `E` with the error. */
function course(client: ClientProxy, pattern: unknown, value: unknown = {}): Promise<unknown[]> {
  return lastValueFrom(
    client.send(pattern, value).pipe(
      materialize(),
      map(({ kind, value: next, error }) => (kind === 'N' ? next : kind === 'E' ? { error } : 'end')),
      toArray(),
    ),
  );
}

const CASES: [title: string, pattern: unknown, value: unknown, outcome: unknown[]][] = [
  ['a value', 'value', { a: [1, 'ü', null] }, [{ a: [1, 'ü', null] }, 'end']],
  ['a falsy value', 'value', 0, [0, 'end']],
  ['an empty text', 'value', '', ['', 'end']],
  ['a promise', 'promise', 5, [5, 'end']],
  ['nothing', 'nothing', {}, ['end']],
  ['null', 'gives null', {}, [null, 'end']],
  ['an object pattern in another order', { area: { deep: 1 }, cmd: 'object' }, {}, ['by object', 'end']],
  ['the first of several patterns', 'first', {}, ['either', 'end']],
  ['the second of several patterns', 'second', {}, ['either', 'end']],
  ['a number as pattern', 404, {}, ['by number', 'end']],
  ['several values at once', 'stream', {}, [1, 2, 3, 'end']],
  ['several values over time', 'slow stream', {}, [0, 1, 2, 3, 'end']],
  ['an end that comes later than the last value', 'late end', {}, [1, 2, 'end']],
  ['a promise of several values', 'promised stream', {}, ['a', 'b', 'end']],
  ['an empty completion', 'empty', {}, ['end']],
  [
    'a failure after values',
    'failing stream',
    {},
    [1, 2, { error: { status: 'error', message: 'broke off' } }],
  ],
  ['an exception thrown', 'throws', {}, [{ error: { status: 'error', message: 'thrown' } }]],
  ['an exception with an object', 'rejects', {}, [{ error: { code: 7, reason: ['x'] } }]],
  [
    'an unknown error, hidden',
    'throws unknown',
    {},
    [{ error: { status: 'error', message: 'Internal server error' } }],
  ],
  ['a guard that lets in', 'guarded', { allowed: true }, ['let in', 'end']],
  [
    'a guard that does not',
    'guarded',
    { allowed: false },
    [{ error: { status: 'error', message: 'Forbidden resource' } }],
  ],
  ['a pipe', 'piped', 21, [42, 'end']],
  ['a pipe that refuses', 'piped', 'x', [{ error: { status: 'error', message: 'a number, please' } }]],
  ['an interceptor', 'intercepted', 1, [{ wrapped: 1 }, 'end']],
  ['an exception filter', 'filtered', {}, [{ error: { translated: 'of the wrong kind' } }]],
  ['a part of the payload', 'part', { inner: [1] }, [[1], 'end']],
];

const redis = testRedis();
const { port } = new URL(redis.url);

/** The stock one has no prefix: its channels are the patterns themselves. */
const TRANSPORTS = {
  stock: () => ({
    options: {
      transport: Transport.REDIS as const,
      options: { host: new URL(redis.url).hostname, port: Number(port) },
    },
    client: () =>
      ClientProxyFactory.create({
        transport: Transport.REDIS,
        options: { host: new URL(redis.url).hostname, port: Number(port) },
      }),
  }),
  streams: () => {
    const place = { service: 'cases', prefix: redis.prefix, connect: () => redis.connect() };
    return {
      options: { strategy: new RedisTransportServer(place) },
      client: () => new RedisTransportClient({ ...place, clientName: 'tester' }),
    };
  },
};

describe.each(Object.entries(TRANSPORTS))('over %s', (_, create) => {
  let app: INestMicroservice;
  let client: ClientProxy;

  beforeAll(async () => {
    const { options, client: createClient } = create();
    app = await createApp(CasesController, options);
    await app.listen();
    client = createClient();
    await client.connect();
  });

  afterAll(async () => {
    await client.close();
    await app.close();
  });

  it.each(CASES)('a request gets %s', async (_title, pattern, value, outcome) => {
    expect(await course(client, pattern, value)).toEqual(outcome);
  });

  it('keeps the replies to concurrent requests apart', async () => {
    const numbers = Array.from({ length: 500 }, (_, n) => n);
    const replies = await Promise.all(numbers.map((n) => firstValueFrom(client.send<number>('value', n))));
    expect(replies).toEqual(numbers);
  });

  it('refuses a missing pattern or payload', async () => {
    await expect(firstValueFrom(client.send(null, {}))).rejects.toThrow(MISSING);
    await expect(firstValueFrom(client.send('value', undefined))).rejects.toThrow(MISSING);
    await expect(firstValueFrom(client.emit('happened', null))).rejects.toThrow(MISSING);
  });

  it('fails a request whose payload JSON cannot hold, and continues', async () => {
    await expect(firstValueFrom(client.send('value', { n: 1n }))).rejects.toThrow(/BigInt/);
    expect(await firstValueFrom(client.send('value', 1))).toBe(1);
  });

  it('is cold: each subscription is a request', async () => {
    const request = client.send<number>('value', 3);
    expect([await firstValueFrom(request), await firstValueFrom(request)]).toEqual([3, 3]);
  });

  it('continues after a caller unsubscribes early', async () => {
    expect(await firstValueFrom(client.send('slow stream', {}))).toBe(0);
    client.send('slow stream', {}).subscribe().unsubscribe();
    expect(await firstValueFrom(client.send('value', 4))).toBe(4);
  });

  it('carries what the dispatch hook attaches', async () => {
    client.setOnDispatchHook((packet) => {
      packet.metadata = { trace: 'abc' };
    });
    expect(await firstValueFrom(client.send('metadata', {}))).toEqual({ trace: 'abc' });
    client.setOnDispatchHook(() => undefined);
  });

  it('gives an event to every handler of its pattern, and outlives one that fails', async () => {
    events.length = 0;
    const both = new Promise<void>((resolve) => {
      heard = resolve;
    });
    await lastValueFrom(client.emit('went wrong', 1), { defaultValue: undefined });
    await lastValueFrom(client.emit('happened', { n: 1 }), { defaultValue: undefined });
    await both;
    expect(events).toEqual([
      ['first', { n: 1 }],
      ['second', { n: 1 }],
    ]);
  });

  it('reports its status, and exposes its connections', async () => {
    expect(await firstValueFrom(client.status)).toBe('connected');
    expect(await firstValueFrom(app.status)).toBe('connected');
    const [first] = client.unwrap<{ status: string }[]>();
    expect(first?.status).toBe('ready');
    expect(app.unwrap<{ status: string }[]>()[0]?.status).toBe('ready');
  });
});

describe('over streams alone', () => {
  const place = { service: 'alone', prefix: redis.prefix, connect: () => redis.connect() };
  let app: INestMicroservice;
  let server: RedisTransportServer;
  const client = new RedisTransportClient({ ...place, clientName: 'tester' });

  @Controller({ scope: Scope.REQUEST })
  class AloneController {
    private readonly number = ++controllersMade;

    @MessagePattern('scoped')
    scoped(): number {
      return this.number;
    }

    @MessagePattern('unserialisable')
    unserialisable(): unknown {
      return { n: 1n };
    }
  }

  beforeAll(async () => {
    server = new RedisTransportServer(place);
    app = await createApp(AloneController, { strategy: server });
    await app.listen();
  });

  afterAll(async () => {
    await client.close();
    await app.close();
  });

  it('answers a pattern that nobody handles, where the stock one leaves the caller waiting', async () => {
    expect(await course(client, 'no such pattern')).toMatchObject([{ error: { code: 'NO_HANDLER' } }]);
  });

  it('answers when the reply cannot be serialised, and spoils no other reply of the turn', async () => {
    const [bad, good] = await Promise.all([course(client, 'unserialisable'), course(client, 'scoped')]);
    expect(bad).toEqual([{ error: { status: 'error', message: 'Internal server error' } }]);
    expect(good).toEqual([expect.any(Number), 'end']);
  });

  it('creates a request-scoped controller for each request', async () => {
    const first = await firstValueFrom(client.send<number>('scoped', {}));
    expect(await firstValueFrom(client.send<number>('scoped', {}))).toBe(first + 1);
  });

  it('answers when a hook or the deserializer fails, and continues', async () => {
    let letsRun = false;
    server.setOnProcessingStartHook((_, _context, done) => {
      if (letsRun) void done();
      throw new Error('a hook failed');
    });
    const failed = [{ error: { status: 'error', message: 'Internal server error' } }];
    expect(await course(client, 'scoped')).toEqual(failed);
    const keyed = new RedisRequest({}, { idempotencyKey: 'hook' });
    expect(await course(client, 'scoped', keyed)).toEqual(failed);
    letsRun = true;
    expect(await course(client, 'scoped')).toEqual(failed);
    expect(await course(client, 'scoped', keyed)).toEqual(failed);
    expect(server.metrics()).toMatchObject({ inFlight: 0, queued: 0 });
    server.setOnProcessingStartHook((_, _context, done) => void done());
    expect(await course(client, 'scoped', keyed)).toEqual([expect.any(Number), 'end']);
  });

  it('uses the given serializers and deserializers, including asynchronous ones', async () => {
    const box = { serialize: (packet: object) => ({ boxed: packet }) };
    const unbox = { deserialize: async (packet: { boxed?: object }) => packet.boxed ?? packet };
    const boxed = { ...place, service: 'boxed', serializer: box, deserializer: unbox };
    const boxedApp = await createApp(CasesController, { strategy: new RedisTransportServer(boxed) });
    const boxedClient = new RedisTransportClient({ ...boxed, clientName: 'tester' });
    try {
      await boxedApp.listen();
      expect(await course(boxedClient, 'slow stream')).toEqual([0, 1, 2, 3, 'end']);
      expect(await course(boxedClient, 'throws')).toEqual([
        { error: { status: 'error', message: 'thrown' } },
      ]);
      events.length = 0;
      await lastValueFrom(boxedClient.emit('happened', 'boxed'));
      await eventually(() => events.length === 2);
    } finally {
      await boxedClient.close();
      await boxedApp.close();
    }
  });

  it('calls the hooks for the start and the end of processing once for each request', async () => {
    const course: string[] = [];
    server.setOnProcessingStartHook((_, context, done) => {
      course.push('start');
      expect(context).toHaveProperty('getPattern');
      void done();
    });
    server.setOnProcessingEndHook(() => course.push('end'));
    await firstValueFrom(client.send('scoped', {}));
    expect(course).toEqual(['start', 'end']);
  });
});
