import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { processUsage } from '@parley/proc';
import { eventually, type TestClient } from '@parley/testing';
import { clientFrame, OPCODES } from '../socket/fixtures/client-bytes.js';
import { ask, type Member, range, seqsOf, TwoGateways } from './fixtures/two-gateways.js';

jest.setTimeout(600_000);

const MEBIBYTE = 1024 * 1024;
const { TEXT } = OPCODES;
/** The default strength: sign-ins wait, and what came after them as well. */
const FULL_HASHING = { ARGON2_MEMORY_KIB: '19456', ARGON2_ITERATIONS: '2' };

/** As long as a frame may be, in two bytes for each character. */
const LARGE = (type: string, payload: object): Buffer => {
  const rest = 65_000 - JSON.stringify({ type, [type]: payload, rest: '' }).length;
  return clientFrame(TEXT, JSON.stringify({ type, [type]: payload, rest: '€'.padEnd(rest, 'x') }));
};

/** Clients without a WebSocket library, which send what they like and read nothing. */
class Crowd {
  private readonly sockets: Socket[] = [];
  private readonly port: number;

  constructor(url: string) {
    this.port = Number(new URL(url).port);
  }

  /** A TCP connection that sends these bytes. */
  async open(bytes: string | Buffer = ''): Promise<Socket> {
    const socket = connect(this.port, '127.0.0.1');
    socket.on('error', () => socket.destroy());
    this.sockets.push(socket);
    await once(socket, 'connect');
    if (bytes.length > 0) socket.write(bytes);
    return socket;
  }

  /** One that has asked for a WebSocket, and got it. */
  async upgrade(): Promise<Socket> {
    const socket = await this.open(
      'GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    await once(socket, 'data');
    return socket;
  }

  end(): void {
    for (const socket of this.sockets) socket.destroy();
  }
}

const many = <T>(count: number, make: (n: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, n) => make(n)));

describe('hostile clients', () => {
  let gateways: TwoGateways | undefined;
  let crowd: Crowd | undefined;
  let timer: NodeJS.Timeout | undefined;

  afterEach(async () => {
    clearInterval(timer);
    crowd?.end();
    await gateways?.stop();
  });

  /** Watches the memory of the first gateway. */
  const watch = () => {
    const pid = gateways!.pidOf('gateway-1')!;
    let most = 0;
    const look = () => {
      most = Math.max(most, processUsage(pid).residentBytes);
    };
    timer = setInterval(look, 20);
    return {
      pid,
      most: () => {
        look();
        return most;
      },
    };
  };

  it('who are 120 and never sign in cost a gateway no more than their budget', async () => {
    gateways = await TwoGateways.start(FULL_HASHING);
    crowd = new Crowd(gateways.stack.gateways[0]!.url);
    const user = await gateways.signUp(0);
    await ask(user.client, 'channelJoin');
    const memory = watch();
    const idle = memory.most();
    const signIn = LARGE('signIn', { username: 'nobody', password: 'x' });
    const sockets = await many(120, () => crowd!.upgrade());
    for (const socket of sockets) for (let n = 0; n < 64; n += 1) socket.write(signIn);
    for (let n = 0; n < 50; n += 1) {
      await ask(user.client, 'ping');
      await delay(100);
    }
    console.info(
      `120 strangers: ${(idle / MEBIBYTE).toFixed(0)} MiB, then at most ${(memory.most() / MEBIBYTE).toFixed(0)} MiB`,
    );
    expect(gateways.pidOf('gateway-1')).toBe(memory.pid);
    expect(memory.most() - idle).toBeLessThan(250 * MEBIBYTE);
  });

  it('who send their headers slowly are cut when the head of a request has to be there', async () => {
    gateways = await TwoGateways.start();
    crowd = new Crowd(gateways.stack.gateways[0]!.url);
    const began = performance.now();
    const slow = await many(50, async () => {
      const socket = await crowd!.open('GET /ws HTTP/1.1\r\nHost: x\r\nX-Slow: ');
      const dribble = setInterval(() => socket.write('x'), 500);
      await once(socket.resume(), 'close');
      clearInterval(dribble);
      return performance.now() - began;
    });
    expect(Math.max(...slow)).toBeLessThan(20_000);
  });

  it('of every kind at once keep 200 good clients from no message', async () => {
    gateways = await TwoGateways.start();
    crowd = new Crowd(gateways.stack.gateways[0]!.url);
    const signedIn = (member: Member) =>
      clientFrame(TEXT, JSON.stringify({ type: 'resume', resume: { accessKey: member.accessKey } }));
    const users: Member[] = [];
    while (users.length < 20) users.push(await gateways.signUp(0));
    const [filler, slow] = [await gateways.signUp(0), await gateways.signUp(0)];
    const good = await many(200, async (n): Promise<TestClient> => {
      const client = await gateways!.connect(0);
      await ask(client, 'resume', { accessKey: users[n % 20]!.accessKey });
      await ask(client, 'channelJoin');
      return client;
    });
    const memory = watch();
    const idle = memory.most();
    await many(500, () => crowd!.open('GET /ws HTTP/1.1\r\nHost: x\r\nX-Slow: '));
    await many(500, () => crowd!.upgrade());
    for (const socket of await many(200, () => crowd!.upgrade())) {
      socket.pause();
      socket.write(signedIn(slow));
      socket.write(clientFrame(TEXT, JSON.stringify({ type: 'channelJoin', channelJoin: { limit: 100 } })));
    }
    const fill = LARGE('channelMessages', { limit: 100 });
    for (const socket of await many(200, () => crowd!.upgrade())) {
      socket.write(signedIn(filler));
      for (let n = 0; n < 100; n += 1) socket.write(fill);
      socket.write(fill.subarray(0, 60_000));
    }
    const messages = 400;
    for (let n = 0; n < messages; n += 1) {
      good[n % 10]!.send({
        type: 'channelMessage',
        id: `m${n}`,
        channelMessage: { message: `message ${n}` },
      });
      await delay(50);
    }
    const received = () => good.map((client) => seqsOf(client).length);
    await eventually(() => expect(received()).toEqual(good.map(() => messages)), { timeoutMs: 60_000 });
    const first = Math.min(...seqsOf(good[0]!));
    for (const client of good) expect(seqsOf(client)).toEqual(range(first, first + messages - 1));
    console.info(
      `all kinds: ${(idle / MEBIBYTE).toFixed(0)} MiB, then at most ${(memory.most() / MEBIBYTE).toFixed(0)} MiB`,
    );
    expect(gateways.pidOf('gateway-1')).toBe(memory.pid);
    expect(memory.most()).toBeLessThan(700 * MEBIBYTE);
  });
});
