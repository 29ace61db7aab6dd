import { randomBytes } from 'node:crypto';
import { seconds } from '@parley/faults';
import { freePort } from '@parley/local-stack';
import { eventually } from '@parley/testing';
import type { Check } from './check.js';
import { IMAGE } from './compose.js';
import { run, runToEnd } from './program.js';
import { signedUp } from './writer.js';

/** What platforms that run one container give one, at the least: a Heroku dyno of the standard size. */
const MEMORY = '512m';
/** As app.json and the platform set it. Nothing is writable but a folder in memory. */
const PORT = '8080';
const REDIS = 'redis:7.4-bookworm';
/** Processes of a slow machine start within this time, in ms. */
const READY_WITHIN_MS = 120_000;
/** How long platforms wait after a SIGTERM, in seconds. Heroku's is the longest that there is on all of them. */
const GRACE_SECONDS = '10';

export const ONE_CONTAINER: Check = {
  title: 'runs everything in one container on PORT and REDIS_URL, keeps its messages, and ends at a SIGTERM',
  run: async () => {
    const name = `parley-one-${randomBytes(4).toString('hex')}`;
    const redis = `${name}-redis`;
    const port = await freePort();
    try {
      await run('docker', ['network', 'create', name]);
      await run('docker', ['run', '-d', '--name', redis, '--network', name, REDIS]);
      const began = performance.now();
      await start(name, redis, port);
      const ready = seconds(performance.now() - began);
      const writer = await signedUp({ url: `ws://127.0.0.1:${port}/ws` });
      await writer.post(20);
      await stop(name);
      await start(name, redis, port);
      await writer.expectStored(20);
      const megabytes = await memoryOf(name);
      await stop(name);
      return `ready after ${ready}, ${megabytes} MiB of ${MEMORY} in use, 20 messages, ended with 0`;
    } finally {
      for (const container of [name, redis]) await runToEnd('docker', ['rm', '-f', container]);
      await runToEnd('docker', ['network', 'rm', name]);
    }
  },
};

/** Runs the image without a command, as any user. Resolves when it is ready. @throws Error with what it said. */
async function start(name: string, redis: string, port: number): Promise<void> {
  const settings = {
    PORT,
    REDIS_URL: `redis://${redis}:6379`,
    AUTH_KEY_SECRET: randomBytes(32).toString('hex'),
    DATA_DIR: '/tmp/parley',
    GATEWAY_WORKERS: '1',
  };
  const environment = Object.entries(settings).flatMap(([key, value]) => ['-e', `${key}=${value}`]);
  const limits = ['--memory', MEMORY, '--read-only', '--tmpfs', '/tmp', '--user', '54321:54321'];
  const place = ['--name', name, '--network', name, '-p', `127.0.0.1:${port}:${PORT}`];
  await run('docker', ['run', '-d', ...place, ...limits, ...environment, IMAGE]);
  try {
    await eventually(() => isReady(name), { timeoutMs: READY_WITHIN_MS, everyMs: 250 });
  } catch (cause) {
    throw new Error((await runToEnd('docker', ['logs', '--tail', '30', name])).output, { cause });
  }
}

/** Asks the image's own health check. */
const isReady = async (name: string): Promise<boolean> =>
  (await runToEnd('docker', ['exec', name, 'node', 'deploy/health-check.mjs'])).code === 0;

/** Ends it as a platform does. @throws Error when it has to be killed, or does not end with 0. */
async function stop(name: string): Promise<void> {
  await run('docker', ['stop', '-t', GRACE_SECONDS, name]);
  const code = (await run('docker', ['inspect', '--format', '{{.State.ExitCode}}', name])).trim();
  if (code !== '0') throw new Error(`it ended with ${code}`);
  await run('docker', ['rm', name]);
}

/** What all its processes use, in MiB. */
async function memoryOf(name: string): Promise<number> {
  const used = await run('docker', ['stats', '--no-stream', '--format', '{{.MemUsage}}', name]);
  return Math.round(Number.parseFloat(used));
}
