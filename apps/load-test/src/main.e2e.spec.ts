import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { CHEAP_HASHING, type Stack, startStack } from '@parley/local-stack';
import { bundledEntry } from '@parley/testing';
import { EVEN } from './fixtures/sample-report.js';
import { SCENARIOS } from './options.js';
import type { Report } from './report.js';

jest.setTimeout(120_000);

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));

describe('npm run load-test against two gateways', () => {
  let folder: string;
  let stack: Stack;
  let urls: string[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'load-test-e2e-'));
    const settings = { ...CHEAP_HASHING, PORT: '0', DATA_DIR: file('data'), GATEWAY_WORKERS: '2' };
    stack = await startStack({ settings, gatewayPorts: 'separate', entry: await bundledEntry() });
    urls = stack.gateways.flatMap(({ url }) => ['--url', url]);
  });

  afterAll(async () => {
    await stack?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const run = async (...args: string[]) => {
    const env = { ...process.env, DATA_DIR: file('data') };
    const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
    const said = { out: '', err: '' };
    child.stdout.on('data', (text) => (said.out += text));
    child.stderr.on('data', (text) => (said.err += text));
    const code = await new Promise((resolve) => child.once('close', resolve));
    return { code, ...said };
  };

  const file = (name: string) => join(folder, name);
  const report = async (name: string) => JSON.parse(await readFile(file(name), 'utf8')) as Report;
  const small = (...args: string[]) => [
    ...urls,
    ...['--connections', '24', '--rate', '40', '--threads', '2', '--visits', '2'],
    ...['--ramp', '200ms', '--warmup', '200ms', '--duration', '1s'],
    ...['--accounts-file', file('accounts.json')],
    ...args,
  ];

  it.each(SCENARIOS)('runs %s, and nothing is lost, doubled or out of order', async (scenario) => {
    const json = file(`${scenario}.json`);
    const { code, out, err } = await run(...small('--scenario', scenario, '--json', json));
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('1 of 1 s') });
    const { runs, senders } = await report(`${scenario}.json`);
    const { account, total, servers, refused } = runs[0]!;
    expect({ account, refused }).toEqual({
      account: { ...EVEN, examples: [] },
      refused: {},
    });
    // The two gateways and the three services.
    expect(servers).toHaveLength(5);
    expect(total.sent > 0).toBe(senders > 0);
    expect(out).toContain('0 lost, 0 twice, 0 out of order');
  });

  it('joins what two machines measured at the same time', async () => {
    const names = ['a.json', 'b.json'];
    // Accounts that a run before has made: so both open their connections well before the start.
    for (const name of names) {
      if (existsSync(file('accounts.json'))) await copyFile(file('accounts.json'), file(`accounts-${name}`));
    }
    const startAt = new Date(Date.now() + 8_000).toISOString();
    const machines = names.map((name) =>
      run(...small('--start-at', startAt, '--json', file(name), '--accounts-file', file(`accounts-${name}`))),
    );
    for (const { code, err } of await Promise.all(machines)) expect({ code, err }).toMatchObject({ code: 0 });
    const merged = await run(
      'merge',
      ...names.map(file),
      '--json',
      file('both.json'),
      '--html',
      file('both.html'),
    );
    expect(merged).toMatchObject({ code: 0 });
    const [a, b, both] = [await report('a.json'), await report('b.json'), await report('both.json')];
    expect(both.connections).toBe(48);
    // Each machine's connections got the messages of both.
    expect(both.runs[0]!.total.sent).toBe(a.runs[0]!.total.sent + b.runs[0]!.total.sent);
    expect(both.runs[0]!.total.deliveries).toBe(48 * both.runs[0]!.total.sent);
    expect(both.machines).toHaveLength(2);
    expect(await readFile(file('both.html'), 'utf8')).toContain('</html>');
  });

  it('ends with 1 when a threshold is broken', async () => {
    const { code, err } = await run(...small('--max-p99', '0.001ms'));
    expect(code).toBe(1);
    expect(err).toMatch(/✗ p99 is .* ms, at most 0.001 ms allowed/);
  });

  it('ends with 2 when an option is wrong, or nobody answers', async () => {
    expect(await run(...small('--rate', 'much'))).toMatchObject({
      code: 2,
      err: expect.stringContaining('--rate much'),
    });
    expect(await run('--url', 'ws://127.0.0.1:9/ws')).toMatchObject({
      code: 2,
      err: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('explains itself', async () => {
    const { code, out } = await run('--help');
    expect(code).toBe(0);
    for (const scenario of SCENARIOS) expect(out).toContain(scenario);
  });
});
