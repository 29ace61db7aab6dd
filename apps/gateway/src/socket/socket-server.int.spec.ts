import { setTimeout as delay } from 'node:timers/promises';
import { deflateRawSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, type TestClient } from '@parley/testing';
import type { Connection } from './connection.js';
import { clientFrame, OPCODES } from './fixtures/client-bytes.js';
import { LoneServer } from './fixtures/lone-server.js';
import { Intake } from './intake.js';

const session = { user: { UUID: 'u', Username: 'U' }, userUUID: 'u', sessionId: 's' };
/** Sends bytes as they are. */
const sendRaw = (client: TestClient, bytes: Buffer) =>
  (client.socket as unknown as { _socket: { write(bytes: Buffer): boolean } })._socket.write(bytes);

/** A gate that is closed until somebody opens it. */
function closedGate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

const textsOf = (client: TestClient) => client.frames.map(({ text }) => text);

describe('a client that means harm', () => {
  let server: LoneServer;
  let good: TestClient;

  beforeAll(async () => {
    server = await LoneServer.start({ compression: true });
    good = await server.connect();
  });
  afterAll(() => server.stop());
  afterEach(async () => {
    // Nobody else notices.
    good.send('fine');
    await good.next('answer');
  });

  it('sends a deflate bomb: closed with 1009', async () => {
    const client = await server.connect();
    const bomb = deflateRawSync(Buffer.alloc(50_000_000, 32));
    expect(bomb.length).toBeLessThan(60_000);
    sendRaw(client, clientFrame(OPCODES.TEXT, bomb, { isDeflated: true }));
    expect((await client.closed).code).toBe(1009);
  });

  it('sends small frames that become long ones: no more than what may wait is inflated', async () => {
    const small = clientFrame(OPCODES.TEXT, deflateRawSync(Buffer.alloc(50_000, 32)), { isDeflated: true });
    const stalled = await LoneServer.start({ compression: true, route: () => new Promise(() => undefined) });
    const attacker = await stalled.connect();
    sendRaw(attacker, Buffer.concat(Array.from({ length: 300 }, () => small)));
    await attacker.closed;
    expect(stalled.intake.unsigned.bytes).toBeLessThan(2_000_000);
    stalled.stop();
  });

  it('sends a message in very many fragments: closed with 1008', async () => {
    const client = await server.connect();
    const fragments = Array.from({ length: 200 }, (_, n) =>
      clientFrame(n === 0 ? OPCODES.TEXT : OPCODES.CONTINUATION, '', { isFinal: false }),
    );
    sendRaw(client, Buffer.concat(fragments));
    expect((await client.closed).code).toBe(1008);
  });

  it('sends a flood of pings: answers the newest, and keeps no others', async () => {
    const client = await server.connect();
    const pongs: string[] = [];
    client.socket.on('pong', (payload) => pongs.push(payload.toString()));
    sendRaw(
      client,
      Buffer.concat(Array.from({ length: 5_000 }, (_, n) => clientFrame(OPCODES.PING, `${n}`))),
    );
    await eventually(() => expect(pongs.at(-1)).toBe('4999'));
    expect(pongs.length).toBeLessThan(2_500);
    await client.drop();
  });

  it('sends text in small pieces: it is put together', async () => {
    const client = await server.connect();
    const bytes = Buffer.concat(
      Array.from({ length: 50 }, (_, n) => clientFrame(OPCODES.TEXT, `${n}`.padEnd(200, '.'))),
    );
    for (let at = 0; at < bytes.length; at += 777) {
      sendRaw(client, bytes.subarray(at, at + 777));
      await delay(0);
    }
    await eventually(() => expect(client.frames).toHaveLength(50));
    expect(textsOf(client).map((text) => Number.parseInt(text, 10))).toEqual([...Array(50).keys()]);
    await client.drop();
  });

  it('closes at the end of a burst: all that came before is handled', async () => {
    const handled: string[] = [];
    const own = await LoneServer.start({ route: async (_, text) => void handled.push(text) });
    const { client, connection } = await own.pair();
    for (let n = 0; n < 100; n += 1) client.send(`${n}`);
    client.socket.close(1000);
    expect((await client.closed).code).toBe(1000);
    await eventually(() => expect(handled).toHaveLength(100));
    expect(connection.arrivals.waitingBytes).toBe(0);
    own.stop();
  });
});

describe('strangers who fill every buffer', () => {
  it('take no more than their budget, while users are served; afterwards all they sent is answered', async () => {
    const gate = closedGate();
    const budget = 300_000;
    const route = async (connection: Connection, text: string) => {
      if (connection.session === undefined) await gate.opened;
      connection.tell({ type: 'answer', length: text.length });
    };
    const server = await LoneServer.start({ intake: new Intake(10_000_000, budget), route });
    const user = await server.pair();
    user.connection.signIn(session);
    const strangers = await Promise.all(Array.from({ length: 20 }, () => server.connect()));
    const text = '€'.repeat(7_000);
    for (const stranger of strangers) for (let n = 0; n < 16; n += 1) stranger.send(text);
    await eventually(() => expect(server.intake.unsigned.isFull).toBe(true));
    for (let n = 0; n < 20; n += 1) {
      expect(server.intake.unsigned.bytes).toBeLessThan(budget + 64 * 1_024 * 2);
      user.client.send('x');
      await user.client.next('answer');
      await delay(20);
    }
    gate.open();
    const alive = strangers.filter(({ socket }) => socket.readyState === socket.OPEN);
    await eventually(() => expect(server.intake.unsigned.bytes).toBe(0), { timeoutMs: 10_000 });
    for (const stranger of alive.filter(({ socket }) => socket.readyState === socket.OPEN))
      await eventually(() => expect(stranger.frames).toHaveLength(16));
    server.stop();
  }, 30_000);
});

describe('idle sockets', () => {
  it('keep nobody out: past a quarter of all, the longest-waiting of their address gives way', async () => {
    const server = await LoneServer.start({ maxConnections: 40 });
    const idle = await Promise.all(Array.from({ length: 40 }, () => server.connect('198.51.100.1')));
    const early = await server.connect('203.0.113.1');
    const late = await server.connect('203.0.113.2');
    for (const client of [early, late]) {
      client.send('x');
      await client.next('answer');
    }
    const codes = await Promise.all(idle.slice(0, 30).map(async ({ closed }) => (await closed).code));
    expect(new Set(codes)).toEqual(new Set([4003]));
    server.stop();
  });

  it('of one address are refused with 429 past the limit', async () => {
    const server = await LoneServer.start({ perAddress: 2 });
    await server.connect('2001:db8::1');
    await server.connect('2001:db8::2');
    await expect(server.connect('2001:db8::3')).rejects.toThrow('429');
    await server.connect('2001:db8:0:1::1');
    server.stop();
  });
});

describe('a socket that is not read', () => {
  it('leaves what was sent in the kernel, and is read to the end afterwards', async () => {
    const gate = closedGate();
    const route = async (connection: Connection, text: string) => {
      await gate.opened;
      connection.tell({ type: 'answer', length: text.length });
    };
    const server = await LoneServer.start({ route });
    const { client, connection } = await server.pair();
    connection.signIn(session);
    for (let n = 0; n < 200; n += 1) client.send('x'.repeat(30_000));
    await eventually(() => expect(connection.isPaused).toBe(true));
    await delay(100);
    // Complete frames up to the limit, one more, and the rest of one read.
    expect(connection.arrivals.waitingBytes).toBeLessThan(256 * 1_024 + 30_096 + 64 * 1_024);
    gate.open();
    await eventually(() => expect(client.frames).toHaveLength(200), { timeoutMs: 10_000 });
    server.stop();
  });
});
