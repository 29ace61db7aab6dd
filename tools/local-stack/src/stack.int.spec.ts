import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { RedisUser } from '@parley/redis';
import { Redis } from 'ioredis';
import type { Stack, StackOptions } from './stack.js';
import { startStack } from './start-stack.js';

jest.setTimeout(60_000);

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
const plain = () => fixture('plain-service.mjs');

const folders: string[] = [];
const stacks: Stack[] = [];
const newFolder = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-stack-'));
  folders.push(folder);
  return folder;
};
const start = async (settings: NodeJS.ProcessEnv = {}, options: Partial<StackOptions> = {}) => {
  const dataFolder = await newFolder();
  const stack = await startStack({
    entry: plain,
    ...options,
    settings: { PORT: '0', DATA_DIR: dataFolder, ...settings },
  });
  stacks.push(stack);
  return stack;
};
const pidOf = (stack: Stack, name: string) => stack.processes().find((each) => each.name === name)?.pid;
/** @parley/testing has the like, but builds on this library. */
const until = async (condition: () => boolean | Promise<boolean>) => {
  const deadline = performance.now() + 15_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('the condition did not come true');
    await delay(20);
  }
};
const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

afterAll(async () => {
  await Promise.all(stacks.map((stack) => stack.stop()));
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

describe('a stack', () => {
  let stack: Stack;
  const lines: string[] = [];
  beforeAll(async () => {
    stack = await start(
      { AUTH_REPLICAS: '2', CLIENT_LOCATION: '/somewhere', UNRELATED: 'secret' },
      { report: (line) => lines.push(line) },
    );
  });

  it('has Redis, the replicas that were asked for, and two gateway workers', () => {
    expect(stack.processes().map(({ name }) => name)).toEqual([
      'redis',
      'auth-1',
      'auth-2',
      'users-1',
      'channels-1',
      'gateway-1',
      'gateway-2',
    ]);
  });

  it('spreads connections to its one port over the gateway workers', async () => {
    const pids = new Set<number>();
    await until(async () => {
      const response = await fetch(stack.httpUrl, { headers: { connection: 'close' } });
      pids.add(((await response.json()) as { pid: number }).pid);
      return pids.size === 2;
    });
    expect([...pids].sort()).toEqual([pidOf(stack, 'gateway-1'), pidOf(stack, 'gateway-2')].sort());
  });

  it('gives a process the settings that it needs, and nothing else from the environment', async () => {
    const environment = (await (await fetch(`${stack.httpUrl}/environment`)).json()) as NodeJS.ProcessEnv;
    expect(environment).toMatchObject({ CLIENT_LOCATION: '/somewhere', REDIS_URL: stack.redisUrls.gateway });
    expect(environment.AUTH_PUBLIC_KEYS).toMatch(/^[0-9a-f]{8}:/);
    expect(Object.keys(environment)).not.toContain('AUTH_PRIVATE_KEYS');
    expect(Object.keys(environment)).not.toContain('SEALING_KEY');
    expect(Object.keys(environment)).not.toContain('UNRELATED');
    expect(Object.keys(environment)).not.toContain('JEST_WORKER_ID');
  });

  it('gives each service a Redis user of its own, and strangers none', async () => {
    const client = new Redis(stack.redisUrls.users!);
    expect(await client.call('ACL', 'WHOAMI').catch((error: Error) => error.message)).toMatch(/users|NOPERM/);
    await expect(client.set('chat:auth:x', '1')).rejects.toThrow('NOPERM');
    client.disconnect();
    const stranger = new Redis(stack.redisUrl!.replace(/\/\/.*@/, '//'), { retryStrategy: () => null });
    stranger.on('error', () => {}); // the refused connection, which the command tells as well
    await expect(stranger.ping()).rejects.toThrow('NOAUTH');
    stranger.disconnect();
  });

  it.each(['auth-2', 'gateway-1', 'redis'])('restarts %s when it is killed', async (name) => {
    const before = pidOf(stack, name)!;
    stack.kill(name, 'SIGKILL');
    await until(() => lines.includes(`${name} is ready again`));
    expect(pidOf(stack, name)).not.toBe(before);
    expect(isAlive(before)).toBe(false);
    expect(lines.some((line) => line.startsWith(`${name} ended (SIGKILL`))).toBe(true);
  });

  it('refuses a second start on its data folder in one line', async () => {
    const folder = folders[0]!;
    const { port } = new URL(stack.httpUrl);
    const second = startStack({ entry: plain, settings: { PORT: port, DATA_DIR: folder } });
    await expect(second).rejects.toThrow(new RegExp(`^Already running: process ${process.pid} .*${folder}$`));
  });

  it('keeps its secrets for its own user', async () => {
    expect((await stat(join(folders[0]!, 'secrets.json'))).mode & 0o777).toBe(0o600);
  });

  it('ends every process when it is stopped, and keeps what Redis holds for the next start', async () => {
    const client = new Redis(stack.redisUrl!);
    await client.set('kept', 'yes');
    client.disconnect();
    const pids = stack.processes().map(({ pid }) => pid);
    await stack.stop();
    expect(pids.filter(isAlive)).toEqual([]);

    const next = await start({ DATA_DIR: folders[0]! });
    const again = new Redis(next.redisUrl!);
    expect(await again.get('kept')).toBe('yes');
    again.disconnect();
    await next.stop();
  });
});

describe('a stack in difficulties', () => {
  it('ends within 10 s even if a process ignores SIGTERM', async () => {
    const entry = (service: RedisUser) =>
      fixture(service === 'auth' ? 'stubborn-service.mjs' : 'plain-service.mjs');
    const stack = await start({}, { entry });
    const pids = stack.processes().map(({ pid }) => pid);
    const began = performance.now();
    await stack.stop();
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(pids.filter(isAlive)).toEqual([]);
  });

  it('does not start, and leaves nothing running, when a service refuses its settings', async () => {
    const entry = (service: RedisUser) =>
      fixture(service === 'users' ? 'refusing-service.mjs' : 'plain-service.mjs');
    const refused = start({}, { entry });
    await expect(refused).rejects.toThrow('users: Wrong settings: SOMETHING: expected something else');
  });

  it('ends what it has started when it is aborted midway', async () => {
    const abort = new AbortController();
    const lines: string[] = [];
    const report = (line: string) => {
      lines.push(line);
      if (line === 'starting the gateway') abort.abort(new Error('changed my mind'));
    };
    const folder = await newFolder();
    const aborted = start({ DATA_DIR: folder }, { report, signal: abort.signal });
    await expect(aborted).rejects.toThrow('changed my mind');
    const next = await start({ DATA_DIR: folder });
    await next.stop();
  });

  it('uses the Redis that the settings name, and starts none', async () => {
    const { hostname, port } = new URL(process.env.TEST_REDIS_URL!);
    const stack = await start({ REDIS_HOST: hostname, REDIS_ADDRESS: `:${port}`, GATEWAY_WORKERS: '1' });
    expect(stack.processes().map(({ name }) => name)).not.toContain('redis');
    const environment = (await (await fetch(`${stack.httpUrl}/environment`)).json()) as NodeJS.ProcessEnv;
    expect(environment).toMatchObject({ REDIS_HOST: hostname, REDIS_ADDRESS: `:${port}` });
    await stack.stop();
  });

  it('listens on the address that it is given', async () => {
    const stack = await start({ HOST: '127.0.0.2' });
    expect(stack.httpUrl).toMatch(/^http:\/\/127\.0\.0\.2:/);
    const environment = (await (await fetch(`${stack.httpUrl}/environment`)).json()) as NodeJS.ProcessEnv;
    expect(environment.HOST).toBe('127.0.0.2');
    await stack.stop();
  });

  it('gives each gateway worker a port of its own when asked to', async () => {
    const stack = await start({}, { gatewayPorts: 'separate' });
    expect(new Set(stack.gateways.map(({ httpUrl }) => httpUrl)).size).toBe(2);
    for (const [index, { httpUrl }] of stack.gateways.entries()) {
      const { pid } = (await (await fetch(httpUrl)).json()) as { pid: number };
      expect(pid).toBe(pidOf(stack, `gateway-${index + 1}`));
    }
    await stack.stop();
  });

  it('takes its processes down when it is killed, and the next start takes over the data folder', async () => {
    const folder = await newFolder();
    const settings = { ...process.env, PORT: '0', DATA_DIR: folder, NODE_OPTIONS: '' };
    const parent = spawn(process.execPath, [fixture('run-stack.mjs')], {
      env: settings,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: parent.stdout! }), 'line')) as [string];
    const children = JSON.parse(line) as { name: string; pid: number }[];
    parent.kill('SIGKILL');
    const services = children.filter(({ name }) => name !== 'redis');
    await until(() => !services.some(({ pid }) => isAlive(pid)));
    const stack = await start({ DATA_DIR: folder });
    await until(() => !children.some(({ pid }) => isAlive(pid)));
    await stack.stop();
  });
});
