import { request } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { MetricsServer } from './metrics-server.js';
import { Readiness } from './readiness.js';

describe('the metrics server', () => {
  const servers: MetricsServer[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  const start = async (readiness = new Readiness(), port = 0): Promise<number> => {
    const server = new MetricsServer(readiness);
    servers.push(server);
    return server.listen(port, '127.0.0.1');
  };
  const get = async (port: number, path: string, method = 'GET') => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method });
    return { status: answer.status, body: await answer.text() };
  };

  it('has the metrics, and names what the process lacks', async () => {
    const readiness = new Readiness();
    readiness.add('redis', () => false);
    const port = await start(readiness);
    expect(await get(port, '/metrics?x=1')).toMatchObject({ status: 200 });
    expect(await get(port, '/health/live')).toEqual({ status: 200, body: '{"status":"ok"}' });
    expect(await get(port, '/health/ready')).toEqual({
      status: 503,
      body: '{"status":"unavailable","failing":["redis"]}',
    });
  });

  it('has nothing else, and changes nothing', async () => {
    const port = await start();
    expect((await get(port, '/')).status).toBe(404);
    expect((await get(port, '/metrics', 'POST')).status).toBe(405);
    expect(await get(port, '/metrics', 'HEAD')).toEqual({ status: 200, body: '' });
  });

  it('says that its port is taken, and can then listen on another one', async () => {
    const port = await start();
    const server = new MetricsServer(new Readiness());
    servers.push(server);
    await expect(server.listen(port, '127.0.0.1')).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect(await server.listen(0, '127.0.0.1')).not.toBe(port);
  });

  it('ends open connections when it closes', async () => {
    const port = await start();
    const asked = request({ port, host: '127.0.0.1', path: '/metrics', method: 'GET' });
    asked.flushHeaders();
    const cut = new Promise((resolve) => asked.once('close', resolve));
    servers[0]!.close();
    asked.on('error', () => undefined);
    await cut;
  });
});
