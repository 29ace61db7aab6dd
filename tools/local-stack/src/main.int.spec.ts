import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { runningProcesses } from '@parley/proc';

jest.setTimeout(60_000);

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-start-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

/** What `npm start` runs once everything is built, in a process group of its own, as a terminal makes one. */
function npmStart(settings: NodeJS.ProcessEnv) {
  const env = { PATH: process.env.PATH, DATA_DIR: folder, PORT: '0', ...settings };
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  started.push(child);
  const [output, errors]: [string[], Buffer[]] = [[], []];
  const lines = createInterface({ input: child.stdout }).on('line', (line) => output.push(line));
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  const ended = once(child, 'close').then(([code]) => ({ code, stderr: Buffer.concat(errors).toString() }));
  return { child, lines, output, ended };
}

describe('npm start', () => {
  it('says where it is ready and where its metrics are, and ends everything in order on a Ctrl-C that reaches every process twice', async () => {
    const { child, lines, output, ended } = npmStart({});
    let address: string | undefined;
    const pages: Record<string, string> = {};
    for await (const line of lines) {
      const [, name, page] = /^(\S+) has its metrics at (\S+)$/.exec(line) ?? [];
      if (name && page) pages[name] = page;
      address = /^ready: (http:\/\/localhost:\d+)$/.exec(line)?.[1];
      if (address) break;
    }
    expect(await (await fetch(`${address}/health/ready`)).json()).toEqual({ status: 'ok' });
    expect((await fetch(`${address}/metrics`)).status).toBe(404);
    const processes = ['auth-1', 'channels-1', 'gateway-1', 'gateway-2', 'users-1'];
    expect(Object.keys(pages).sort()).toEqual(processes);
    const texts = await Promise.all(Object.values(pages).map(async (page) => (await fetch(page)).text()));
    expect(new Set(texts.map((text) => /^process_id (\d+)$/m.exec(text)?.[1])).size).toBe(processes.length);
    const file = JSON.parse(await readFile(join(folder, 'metrics.json'), 'utf8'));
    expect(file).toEqual({ gatewayPorts: [Number(new URL(address!).port)], pages });

    const pids = descendants(child.pid!);
    expect(pids).toHaveLength(6);
    const began = performance.now();
    process.kill(-child.pid!, 'SIGINT');
    process.kill(-child.pid!, 'SIGINT');
    expect(await ended).toEqual({ code: 0, stderr: '' });
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(alive(pids)).toEqual([]);
    expect(output.filter((line) => / ended /.test(line))).toEqual([]);
  });

  it.each(['starting auth, users and channels', 'starting the gateway', 'ready: '])(
    'leaves no process running when it is killed at "%s"',
    async (moment) => {
      const { child, lines } = npmStart({ GATEWAY_WORKERS: '1' });
      for await (const line of lines) if (line.startsWith(moment)) break;
      const pids = descendants(child.pid!);
      expect(pids.length).toBeGreaterThan(0);
      child.kill('SIGKILL');
      await until(async () => alive(pids).length === 0);
    },
  );

  it('names every wrong setting in one line', async () => {
    const { code, stderr } = await npmStart({ PORT: '99999', GATEWAY_WORKERS: 'many', REDIS_PREFIX: 'a b' })
      .ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Wrong settings: .*REDIS_PREFIX.*PORT.*GATEWAY_WORKERS.*\n$/);
  });

  it('names the wrong settings of its services in one line, and leaves nothing running', async () => {
    const { child, ended } = npmStart({
      SESSION_TTL_SECONDS: 'x',
      MESSAGES_PER_CHANNEL: 'y',
      AUTH_REPLICAS: '2',
    });
    const { code, stderr } = await ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^auth: Wrong settings: SESSION_TTL.*; channels: Wrong settings: MESSAGES_PER.*\n$/,
    );
    expect(descendants(child.pid!)).toEqual([]);
  });

  it('says that the port is in use', async () => {
    const other = createServer().listen(0);
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const result = await npmStart({ PORT: String(port) }).ended;
    other.close();
    expect(result).toEqual({ code: 1, stderr: `Port ${port} is in use: set PORT to another one\n` });
  });

  it('says that REDIS_URL cannot be reached, without its password', async () => {
    const { code, stderr } = await npmStart({ REDIS_URL: 'redis://me:secret@127.0.0.1:1' }).ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Cannot reach Redis \(REDIS_URL 127\.0\.0\.1:1\): .*ECONNREFUSED.*\n$/);
    expect(stderr).not.toContain('secret');
  });
});

/** @parley/testing has the like, but builds on this library. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('the condition did not come true');
    await delay(20);
  }
}

/** The processes that one has started and that have not ended. */
const descendants = (parent: number): number[] =>
  runningProcesses().flatMap((each) => (each.parent === parent ? [each.pid] : []));

const alive = (pids: number[]): number[] =>
  runningProcesses().flatMap(({ pid }) => (pids.includes(pid) ? [pid] : []));
