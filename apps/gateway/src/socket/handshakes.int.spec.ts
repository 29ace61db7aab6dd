import { once } from 'node:events';
import { Agent, createServer, get, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { HEAD_MS, httpDeadlines, REQUEST_MS } from '@parley/service-kit';
import { Handshakes } from './handshakes.js';

const HALF = 'GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ';

describe('connections that never finish their request', () => {
  let server: Server;
  beforeEach(() => {
    server = createServer((_, response) => response.end('fine'));
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  it('are bounded: the oldest is cut, and whoever has something to ask is served', async () => {
    new Handshakes(server, 3);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const half = async () => {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      socket.write(HALF);
      return { socket, ended: once(socket.resume(), 'close') };
    };
    const sockets = [];
    while (sockets.length < 5) sockets.push(await half());
    const [response] = await once(get({ port, host: '127.0.0.1', agent: false }), 'response');
    expect(response.statusCode).toBe(200);
    await Promise.all(sockets.slice(0, 2).map(({ ended }) => ended));
    expect(sockets.at(-1)!.socket.destroyed).toBe(false);
  });

  it('do not cut an older one that goes on asking', async () => {
    new Handshakes(server, 3);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = async () => {
      const [response] = await once(get({ port, host: '127.0.0.1', agent }), 'response');
      const { localPort } = response.socket;
      await once(response.resume(), 'end');
      return localPort;
    };
    const first = await ask();
    for (let n = 0; n < 6; n += 1) {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {});
      await once(socket, 'connect');
      expect(await ask()).toBe(first);
    }
    agent.destroy();
  });

  it('have deadlines in every service, which Node looks at each second', async () => {
    const adapter = new FastifyAdapter(httpDeadlines);
    expect(adapter.getHttpServer()).toMatchObject({ headersTimeout: HEAD_MS, requestTimeout: REQUEST_MS });
    expect(httpDeadlines.http.connectionsCheckingInterval).toBeLessThanOrEqual(HEAD_MS / 10);
    await adapter.close();
  });
});
