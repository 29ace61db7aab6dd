import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { CHEAP_HASHING, type Stack, startStack } from '@parley/local-stack';
import { eventually } from '@parley/testing';
import { EVEN } from './fixtures/sample-report.js';
import type { Report } from './report.js';

jest.setTimeout(180_000);

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));

describe('npm run load-test -- --resume against two gateways', () => {
  let folder: string;
  let stack: Stack;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'load-test-resume-'));
    const settings = { ...CHEAP_HASHING, PORT: '0', DATA_DIR: join(folder, 'data'), GATEWAY_WORKERS: '2' };
    stack = await startStack({ settings: { ...settings, DRAIN_SECONDS: '1' }, gatewayPorts: 'separate' });
  });

  afterAll(async () => {
    await stack?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Load until `disturb` is done and the connections are back, and two seconds more. */
  const under = async (disturb: () => Promise<void>): Promise<Report['runs'][number]> => {
    const urls = stack.gateways.flatMap(({ url }) => ['--url', url]);
    const times = ['--ramp', '200ms', '--warmup', '500ms', '--duration', '2m'];
    const files = ['--accounts-file', join(folder, 'accounts.json'), '--json', join(folder, 'report.json')];
    const size = ['--connections', '24', '--rate', '100', '--threads', '2', '--resume'];
    const child = spawn(process.execPath, [MAIN, ...urls, ...times, ...files, ...size], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (text) => (said += text));
    const ended = new Promise((resolve) => child.once('close', resolve));
    const full = () => said.match(/ 24 open/g)?.length ?? 0;
    await eventually(() => full() >= 2, { timeoutMs: 60_000 });
    await disturb();
    const before = full();
    await eventually(() => full() >= before + 4, { timeoutMs: 60_000 });
    child.kill('SIGTERM');
    expect({ code: await ended, said }).toMatchObject({ code: 0 });
    return (JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')) as Report).runs[0]!;
  };

  const pidOf = (name: string) => stack.processes().find((each) => each.name === name)?.pid;

  it.each([
    ['SIGKILL', 'gateway-1'],
    ['SIGTERM', 'gateway-2'],
  ] as const)('accounts for every message when a gateway ends by %s', async (signal, name) => {
    const run = await under(async () => {
      const pid = pidOf(name);
      stack.kill(name, signal);
      await eventually(() => pidOf(name) !== pid && pidOf(name) !== undefined, { timeoutMs: 30_000 });
    });
    expect(run).toMatchObject({ account: EVEN, returned: 12, refused: {}, connectionsLost: {} });
    expect(run.total.acknowledged).toBe(run.total.sent);
    expect(run.total.deliveries).toBe(24 * run.total.sent);
  });

  // Redis writes its file before it answers, so what it has acknowledged survives the end of its process.
  it.each(['channels', 'redis'])('accounts for every message when %s is killed', async (which) => {
    const names = stack.processes().flatMap(({ name }) => (name.startsWith(which) ? [name] : []));
    expect(names).not.toEqual([]);
    const run = await under(async () => {
      const pids = names.map(pidOf);
      for (const name of names) stack.kill(name, 'SIGKILL');
      await eventually(() => names.every((name) => pidOf(name) && !pids.includes(pidOf(name))), {
        timeoutMs: 30_000,
      });
    });
    expect(run).toMatchObject({ account: EVEN, refused: {}, connectionsLost: {} });
    expect(run.total.acknowledged).toBe(run.total.sent);
    expect(run.total.deliveries).toBe(24 * run.total.sent);
  });
});
