import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  Catch,
  type ExceptionFilter,
  type ExecutionContext,
  Module,
  type NestInterceptor,
  ParseIntPipe,
  type PipeTransform,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  WsException,
} from '@nestjs/websockets';
import { AppError } from '@parley/protocol';
import { createLogger, LOGGER } from '@parley/service-kit';
import { eventually, TestClient } from '@parley/testing';
import { from, map, type Observable, of, throwError } from 'rxjs';
import { AnswerBudget } from '../frames/answer-budget.js';
import { FrameErrorFilter } from '../frames/frame-error.filter.js';
import { FrameRouter } from '../frames/frame-router.js';
import { ConnectionAdapter } from './connection.adapter.js';
import type { Connection } from './connection.js';
import { Intake } from './intake.js';
import { SharedFrames } from './shared-frames.js';
import type { SocketServerOptions } from './socket-server.js';

/** Refuses a join of the channel that a frame of these tests calls forbidden. */
class NotForbidden implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { channelJoin } = context.switchToWs().getData();
    return channelJoin.order !== 'asc' && context.switchToWs().getClient<Connection>().isOpen;
  }
}

class Shout implements PipeTransform {
  transform(value: unknown): unknown {
    return typeof value === 'string' ? value.toUpperCase() : value;
  }
}

class Wrap implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((frame) => ({ ...(frame as object), wrapped: true })));
  }
}

@Catch(RangeError)
class RangeFilter implements ExceptionFilter {
  catch(error: RangeError, host: ArgumentsHost): void {
    host
      .switchToWs()
      .getClient<Connection>()
      .fail(new AppError('LIMIT_REACHED', { message: error.message }));
  }
}

/** Handlers of every kind, under the frame types that the protocol has. */
@WebSocketGateway({ path: '/ws' })
@UseFilters(FrameErrorFilter)
class SampleGateway {
  readonly ended: string[] = [];
  latest: Connection | undefined;

  began(connection: Connection): void {
    this.latest = connection;
    connection.signIn({ user: { UUID: 'u', Username: 'U' }, userUUID: 'u', sessionId: 's' });
    connection.tell({ type: 'ready', address: connection.address });
  }

  hasEnded(connection: Connection): void {
    this.ended.push(connection.id);
  }

  @SubscribeMessage('ping')
  value(): object {
    return { type: 'value' };
  }

  @SubscribeMessage('users')
  async promise(@MessageBody('users') { limit }: { limit?: number }): Promise<object> {
    if (limit === 1) throw new RangeError('one is too few');
    if (limit === 2) throw new Error('secret stack');
    if (limit === 3) throw new WsException('readable');
    return { type: 'promise', limit };
  }

  @SubscribeMessage('signOut')
  observable(@ConnectedSocket() connection: Connection): Observable<object> {
    return from([{ type: 'first' }, { type: 'second', connection: connection.id }]);
  }

  @UseGuards(NotForbidden)
  @UseInterceptors(Wrap)
  @SubscribeMessage('channelJoin')
  guarded(): Observable<object> {
    return of({ type: 'guarded' });
  }

  @SubscribeMessage('channelLeave')
  failing(): Observable<object> {
    return throwError(() => new AppError('BLOCKED'));
  }
}

/** A second class on the same path. */
@WebSocketGateway({ path: '/ws' })
@UseFilters(FrameErrorFilter, RangeFilter)
class OtherGateway {
  @UsePipes(Shout)
  @SubscribeMessage('signUp')
  piped(@MessageBody('type') type: string): object {
    return { type: 'piped', text: type };
  }

  @SubscribeMessage('signIn')
  parsed(@MessageBody('id', ParseIntPipe) id: number): object {
    return { type: 'parsed', number: id };
  }

  @SubscribeMessage('channelMessage')
  filtered(): never {
    throw new RangeError('filtered');
  }
}

const logger = createLogger('test', 'silent');

@Module({
  providers: [SampleGateway, OtherGateway, { provide: LOGGER, useValue: logger }],
})
class SampleModule {}

async function start(options: Partial<SocketServerOptions> = {}) {
  const app = await NestFactory.create<NestFastifyApplication>(SampleModule, new FastifyAdapter(), {
    logger: false,
  });
  const sample = app.get(SampleGateway);
  const budget = new AnswerBudget({ user: 0, gateway: 0 });
  const router = new FrameRouter({ admit: async () => undefined }, budget, logger);
  const adapter = new ConnectionAdapter(app.getHttpServer(), {
    route: (connection, text) => router.route(connection, text),
    fault: (error) => {
      throw error;
    },
    began: (connection) => sample.began(connection),
    ended: (connection) => sample.hasEnded(connection),
    maxBufferedBytes: 100_000,
    queue: { frames: 10, bytes: 100_000 },
    intake: new Intake(10_000_000),
    perAddress: 0,
    perUser: 0,
    maxFrameBytes: 2_000,
    maxConnections: 5,
    trustProxy: false,
    compression: false,
    ...options,
  });
  app.useWebSocketAdapter(adapter);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as { port: number };
  const connectTo = async (headers?: Record<string, string>) => {
    const client = await TestClient.connect(`ws://127.0.0.1:${port}/ws`, { headers });
    const ready = await client.next('ready');
    return { client, ready };
  };
  return { app, adapter, port, connectTo };
}

describe('ConnectionAdapter under Nest', () => {
  let server: Awaited<ReturnType<typeof start>>;
  let client: TestClient;

  beforeAll(async () => {
    server = await start();
    ({ client } = await server.connectTo());
  });

  afterAll(async () => {
    await server.app.close();
  });

  it.each([
    ['a value', { type: 'ping' }, [{ type: 'value', id: 1 }]],
    ['a promise', { type: 'users', users: { limit: 9 } }, [{ type: 'promise', limit: 9, id: 1 }]],
    [
      'an observable of several values',
      { type: 'signOut' },
      [
        { type: 'first', id: 1 },
        { type: 'second', id: 1, connection: expect.any(String) },
      ],
    ],
    [
      'a value that an interceptor changes',
      { type: 'channelJoin' },
      [{ type: 'guarded', wrapped: true, id: 1 }],
    ],
    [
      'a body that a pipe of the method changes',
      { type: 'signUp', signUp: { username: 'a', password: 'b' } },
      [{ type: 'piped', text: 'SIGNUP', id: 1 }],
    ],
    [
      'a body that a pipe of the parameter changes',
      { type: 'signIn', signIn: { username: 'a', password: 'b' } },
      [{ type: 'parsed', number: 1, id: 1 }],
    ],
  ])('sends %s', async (_, frame, answers) => {
    client.send({ ...frame, id: 1 });
    for (const answer of answers) expect(await client.next(() => true)).toEqual(answer);
  });

  it.each([
    [
      'a guard that refuses',
      { type: 'channelJoin', channelJoin: { order: 'asc' } },
      'FORBIDDEN',
      /Forbidden/,
    ],
    ['an AppError in an observable', { type: 'channelLeave' }, 'BLOCKED', /does not accept/],
    ['a WsException', { type: 'users', users: { limit: 3 } }, 'FORBIDDEN', /^readable$/],
    ['an unknown error', { type: 'users', users: { limit: 2 } }, 'INTERNAL', /reference [0-9a-f-]{36}/],
    [
      "an error that the class's own filter takes",
      { type: 'channelMessage', channelMessage: { message: 'x' } },
      'LIMIT_REACHED',
      /^filtered$/,
    ],
    [
      'a pipe that refuses',
      { type: 'signIn', id: 'x', signIn: { username: 'a', password: 'S3CRET' } },
      'INVALID_FIELD',
      /numeric string/,
    ],
  ])('answers with an error frame: %s', async (_, frame, name, message) => {
    const answer = await client.ask({ id: 'e', ...frame });
    expect(answer).toMatchObject({ type: 'error', error: { name, message: expect.stringMatching(message) } });
    expect(JSON.stringify(answer)).not.toMatch(/S3CRET|secret|stack/);
  });

  it('tells once that a connection has ended', async () => {
    const other = await server.connectTo();
    const { ended } = server.app.get(SampleGateway);
    const before = ended.length;
    await other.client.drop();
    await eventually(() => expect(ended).toHaveLength(before + 1));
  });

  it.each([
    [1003, Buffer.from('{"type":"ping"}')],
    [1009, JSON.stringify({ type: 'ping', more: 'x'.repeat(2_000) })],
  ])('closes with %d after anything but a text frame within the limit', async (code, frame) => {
    const other = await server.connectTo();
    other.client.send(frame);
    expect((await other.client.closed).code).toBe(code);
  });

  it('closes with 1007 after invalid UTF-8', async () => {
    const other = await server.connectTo();
    other.client.socket.send(Buffer.from([0xff, 0xfe]), { binary: false });
    expect((await other.client.closed).code).toBe(1007);
  });

  it('answers in order when frames arrive in one burst', async () => {
    const first = client.frames.length;
    const ids = Array.from({ length: 100 }, (_, n) => n);
    for (const id of ids) client.send(id % 2 === 0 ? { type: 'ping', id } : { type: 'users', id });
    await client.next(({ id }) => id === 99);
    expect(client.frames.slice(first).map(({ id }) => id)).toEqual(ids);
  });

  it('offers no compression', async () => {
    const { client: other } = await server.connectTo();
    expect(other.socket.extensions).toBe('');
    await other.close();
  });
});

describe('upgrades', () => {
  const open: Awaited<ReturnType<typeof start>>[] = [];
  const startWith = async (options: Partial<SocketServerOptions> = {}) => {
    const server = await start(options);
    open.push(server);
    return server;
  };

  afterAll(async () => {
    await Promise.all(open.map(({ app }) => app.close()));
  });

  const upgradeHeaders = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  };

  const statusOf = (port: number, path: string, headers: Record<string, string>) =>
    new Promise<number | undefined>((resolve, reject) => {
      const upgrade = request({ host: '127.0.0.1', port, path, headers });
      upgrade.on('response', ({ statusCode }) => resolve(statusCode));
      upgrade.on('upgrade', (response, socket) => {
        socket.destroy();
        resolve(response.statusCode);
      });
      upgrade.on('error', reject);
      upgrade.end();
    });

  it('are accepted only on /ws, and otherwise refused with the fitting HTTP error', async () => {
    const { port } = await startWith();
    expect(await statusOf(port, '/ws', upgradeHeaders)).toBe(101);
    expect(await statusOf(port, '/ws?from=here', upgradeHeaders)).toBe(101);
    expect(await statusOf(port, '/other', upgradeHeaders)).toBe(404);
    for (const name of ['accessKey', 'userAccessKey', 'token', 'sessionUUID', 'PASSWORD'])
      expect(await statusOf(port, `/ws?from=here&${name}=x`, upgradeHeaders)).toBe(400);
    expect(await statusOf(port, '/ws', { ...upgradeHeaders, 'sec-websocket-key': 'short' })).toBe(400);
    expect(await statusOf(port, '/ws', { ...upgradeHeaders, 'sec-websocket-version': '1' })).toBe(400);
  });

  it('are refused with 403 to pages of other sites, but not to those of the same host name and to programs', async () => {
    const { port } = await startWith();
    const from = (origin: string) => statusOf(port, '/ws', { ...upgradeHeaders, origin });
    expect(await from('https://evil.example')).toBe(403);
    expect(await from(`http://127.0.0.1.evil.example:${port}`)).toBe(403);
    expect(await from('null')).toBe(403);
    expect(await from('http://127.0.0.1:5173')).toBe(101);
  });

  it('are refused with 503 beyond the most connections, until one has gone', async () => {
    const { port, connectTo } = await startWith({ maxConnections: 2 });
    const [first] = [await connectTo(), await connectTo()];
    expect(await statusOf(port, '/ws', upgradeHeaders)).toBe(503);
    await first.client.close();
    await eventually(async () => expect(await statusOf(port, '/ws', upgradeHeaders)).toBe(101));
  });

  it('are refused with 503 while the gateway shuts down', async () => {
    const { port, adapter } = await startWith();
    adapter.refuse();
    expect(await statusOf(port, '/ws', upgradeHeaders)).toBe(503);
  });

  it.each([
    [false, '127.0.0.1'],
    [true, '198.51.100.7'],
  ])('use the address from the proxy only if it is trusted: %s', async (trustProxy, address) => {
    const { connectTo } = await startWith({ trustProxy });
    const { ready } = await connectTo({ 'x-forwarded-for': '203.0.113.9, 198.51.100.7' });
    expect(ready).toEqual({ type: 'ready', address });
  });

  it('survive a client that leaves in the middle of the handshake', async () => {
    const { port, connectTo } = await startWith();
    for (const path of ['/ws', '/other']) {
      const socket = connect(port, '127.0.0.1');
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
      socket.resetAndDestroy();
    }
    const { client } = await connectTo();
    expect(await client.ask({ type: 'ping' })).toMatchObject({ type: 'value' });
  });

  it('offer compression if it is enabled, and keep answers and shared frames in order', async () => {
    const { app, connectTo } = await startWith({ compression: true });
    const { client } = await connectTo();
    expect(client.socket.extensions).toContain('permessage-deflate');
    const connection = app.get(SampleGateway).latest!;
    const due = new SharedFrames();
    const shared = [1, 2, 3].map((n) => ({ type: 'shared', n, text: 'chat '.repeat(100) }));
    for (const frame of shared) due.add(Buffer.from(JSON.stringify(frame)));
    connection.tell({ type: 'before' });
    connection.writeShared(due, 0);
    connection.tell({ type: 'after' });
    expect(await client.ask({ type: 'ping', text: 'ping '.repeat(300) })).toMatchObject({ type: 'value' });
    expect(client.frames.slice(-6, -1)).toEqual([{ type: 'before' }, ...shared, { type: 'after' }]);
  });

  it('lead to answers, however deeply a frame is nested', async () => {
    const { connectTo } = await startWith({ maxFrameBytes: 300_000 });
    const { client } = await connectTo();
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    client.send('['.repeat(100_000));
    expect(await client.next('error')).toMatchObject({ error: { name: 'BAD_JSON', payload: null } });
    client.send(`{"type":"users","id":"bad","users":{"limit":${deep}}}`);
    expect(await client.next('error')).toMatchObject({ id: 'bad', error: { name: 'INVALID_FIELD' } });
    client.send(`{"type":"ping","id":"good","more":${deep}}`);
    expect(await client.next('value')).toMatchObject({ id: 'good' });
  });

  it('compress nothing for a client that wants a smaller window', async () => {
    const { port } = await startWith({ compression: true });
    const answered = (offer: string) =>
      new Promise<string | undefined>((resolve, reject) => {
        const headers = { ...upgradeHeaders, 'sec-websocket-extensions': offer };
        const upgrade = request({ host: '127.0.0.1', port, path: '/ws', headers });
        upgrade.on('upgrade', (response, socket) => {
          socket.destroy();
          resolve(response.headers['sec-websocket-extensions']);
        });
        upgrade.on('error', reject);
        upgrade.end();
      });
    expect(await answered('permessage-deflate; server_max_window_bits=10')).toBeUndefined();
    expect(await answered('permessage-deflate')).toContain('server_no_context_takeover');
  });

  it('end with the application: open connections are cut', async () => {
    const { app, connectTo } = await start();
    const { client } = await connectTo();
    await app.close();
    expect((await client.closed).code).toBe(1006);
  });
});

describe('a client that reads nothing', () => {
  let server: Awaited<ReturnType<typeof start>>;

  beforeAll(async () => {
    server = await start({ maxBufferedBytes: 50_000 });
  });

  afterAll(async () => {
    await server.app.close();
  });

  it('is closed with 4008, and the others notice nothing', async () => {
    const [slow, quick] = [await server.connectTo(), await server.connectTo()];
    const { ended } = server.app.get(SampleGateway);
    slow.client.socket.pause();
    // The kernel keeps some megabytes between two sockets of one machine; only what is beyond waits at the gateway.
    await eventually(
      async () => {
        for (let n = 0; n < 2_000; n += 1) slow.client.send({ type: 'signOut', id: 'x'.repeat(64) });
        expect(await quick.client.ask({ type: 'ping' })).toMatchObject({ type: 'value' });
        return ended.length === 1;
      },
      { timeoutMs: 60_000 },
    );
    slow.client.socket.resume();
    expect((await slow.client.closed).code).toBe(4008);
    expect(await quick.client.ask({ type: 'ping' })).toMatchObject({ type: 'value' });
  }, 70_000);
});

describe('a client that reads', () => {
  let server: Awaited<ReturnType<typeof start>>;

  beforeAll(async () => {
    server = await start({ maxBufferedBytes: 1024 * 1024 });
  });

  afterAll(async () => {
    await server.app.close();
  });

  it.each([1, 2])(
    'gets all that a stalled gateway found in one turn; memberships: %s',
    async (memberships) => {
      const { client } = await server.connectTo();
      const connection = server.app.get(SampleGateway).latest!;
      for (let n = 0; n < memberships; n += 1) connection.addMembership({ settle: () => undefined });
      const total = 160;
      for (let n = 0; n < total; n += 1) {
        const due = new SharedFrames();
        due.add(Buffer.from(JSON.stringify({ n, text: 'x'.repeat(16_000) })));
        connection.writeShared(due, 0);
      }
      await client.next((frame) => frame['n'] === total - 1, 10_000);
      expect(client.frames.filter((frame) => frame['n'] !== undefined)).toHaveLength(total);
      await client.drop();
    },
  );
});
