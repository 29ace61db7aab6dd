import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { parseMetrics } from './metrics-page.js';
import { ServerWatch } from './server-watch.js';

describe('a metrics page', () => {
  it('tells what the process uses', () => {
    const page = [
      '# HELP process_cpu_seconds_total Total user and system CPU time spent in seconds.',
      'process_cpu_seconds_total 1.25',
      'process_id 4711',
      'process_start_time_seconds 1795730400',
      'process_resident_memory_bytes 104857600',
      'nodejs_eventloop_lag_p99_seconds 0.0125',
      'nodejs_eventloop_lag_max_seconds NaN',
    ].join('\n');
    expect(parseMetrics(page)).toEqual({
      cpuMs: 1_250,
      identity: 4_711,
      residentBytes: 104_857_600,
      loopDelayP99Ms: 12.5,
      loopDelayMaxMs: undefined,
    });
  });

  it('is none without a process on it', () => {
    expect(parseMetrics('<html></html>')).toBeUndefined();
  });
});

describe('the watch over servers', () => {
  it('reads every process behind one address, each under its name', async () => {
    // Pages of two processes in turn, as two workers on one port give them.
    let reads = 0;
    const server = createServer((_, answer) => {
      reads += 1;
      answer.end(`process_cpu_seconds_total ${reads}\nprocess_start_time_seconds ${reads % 2}\n`);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const watch = new ServerWatch({
      metrics: [`http://127.0.0.1:${port}/metrics`, 'http://127.0.0.1:1/metrics'],
      pids: { own: process.pid, gone: 2 ** 30 },
    });
    const names = async () => (await watch.sample()).map(({ name }) => name).sort();
    const expected = [`127.0.0.1:${port}#1`, `127.0.0.1:${port}#2`, 'own'];
    expect(await names()).toEqual(expected);
    expect(await names()).toEqual(expected);
    server.close();
  });

  it('reads a page of one process under the name that it is given, once', async () => {
    let reads = 0;
    const server = createServer((_, answer) => {
      reads += 1;
      answer.end('process_cpu_seconds_total 3\nprocess_id 4711\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const pages = {
      'gateway-1': `http://127.0.0.1:${port}/metrics`,
      'gateway-2': 'http://127.0.0.1:1/metrics',
    };
    expect(await new ServerWatch({ pages }).sample()).toEqual([
      {
        name: 'gateway-1',
        cpuMs: 3_000,
        residentBytes: 0,
        loopDelayP99Ms: undefined,
        loopDelayMaxMs: undefined,
      },
    ]);
    expect(reads).toBe(1);
    server.close();
  });

  it('takes a named process and its metrics page for one', async () => {
    const page = `process_cpu_seconds_total 7\nprocess_id ${process.pid}\nnodejs_eventloop_lag_p99_seconds 0.5\n`;
    const server = createServer((_, answer) => answer.end(page));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const watch = new ServerWatch({
      metrics: [`http://127.0.0.1:${port}/metrics`],
      pids: { own: process.pid },
    });
    expect(await watch.sample()).toMatchObject([{ name: 'own', cpuMs: 7_000, loopDelayP99Ms: 500 }]);
    server.close();
  });
});
