import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { REDIS_USERS } from '@parley/redis';
import { Redis } from 'ioredis';
import { findRedisProgram } from './find-redis.js';
import { LoneService } from './fixtures/lone-service.js';
import { freePort } from './free-port.js';
import type { Launched } from './launched.js';
import { launchRedisServer } from './redis-server.js';

jest.setTimeout(120_000);

/** Keys of a Redis that loads slowly, and how long each takes it, in microseconds: half a minute. */
const KEYS = 3_000;
const LOAD_DELAY_US = 10_000;
/** Redis answers between two pieces of its file of this size, in bytes. */
const PIECE = '1024';

let folder: string;
let port: number;
let redis: Launched | undefined;
const services: LoneService[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-waiting-'));
  port = await freePort();
  redis = await launch();
  await redis.ready;
  const client = new Redis(port);
  await Promise.all(Array.from({ length: KEYS }, (_, key) => client.set(`key-${key}`, 'x'.repeat(20))));
  await client.save();
  client.disconnect();
  await end();
});
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.stop('SIGKILL')));
  await end();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function launch(...more: string[]): Promise<Launched> {
  const program = await findRedisProgram();
  const own = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder];
  const launched = launchRedisServer({ program, folder, port, args: [...own, ...more] });
  launched.ready.catch(() => undefined); // some are ended before
  return launched;
}

async function end(): Promise<void> {
  redis?.signal('SIGKILL');
  await redis?.ended;
  redis = undefined;
}

const loading = () =>
  launch('--key-load-delay', String(LOAD_DELAY_US), '--loading-process-events-interval-bytes', PIECE);

function start(name: (typeof REDIS_USERS)[number]): LoneService {
  const service = LoneService.start(name, port);
  services.push(service);
  return service;
}

describe('every service that starts while Redis', () => {
  const states = {
    'is away': async () => undefined,
    'reads its file': loading,
    hangs: async () => {
      const hanging = await launch();
      await hanging.ready;
      hanging.signal('SIGSTOP');
      return hanging;
    },
  };

  it.each(Object.entries(states))('%s is alive, not ready, and ends cleanly', async (_, bring) => {
    redis = await bring();
    await Promise.all(
      REDIS_USERS.map(async (name) => {
        const service = start(name);
        expect(await service.status('/health/live')).toBe(200);
        expect(await service.status('/health/ready')).toBe(503);
        expect(await service.metricsStatus()).toBe(200);
        expect(await service.stop()).toMatchObject({ code: 0, stderr: '' });
      }),
    );
  });

  it.each(Object.entries(states))('%s takes up its work when Redis serves', async (_, bring) => {
    redis = await bring();
    const all = REDIS_USERS.map(start);
    await Promise.all(all.map((service) => service.status('/health/live')));
    await end();
    redis = await launch();
    await Promise.all(all.map((service) => service.ready()));
    const ends = await Promise.all(all.map((service) => service.stop()));
    for (const each of ends) expect(each).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('SIGTERM at any moment of a start', () => {
  it.each([...REDIS_USERS])('ends %s with a reason of its own and no complaint', async (name) => {
    redis = await launch();
    await redis.ready;
    for (let afterMs = 0; afterMs <= 3_000; afterMs += 300) {
      const service = start(name);
      await delay(afterMs);
      const { code, signal, stderr } = await service.stop();
      // Before any of its own code has run, a process ends by the signal.
      expect({ afterMs, isClean: code === 0 || signal === 'SIGTERM', stderr }).toEqual({
        afterMs,
        isClean: true,
        stderr: '',
      });
    }
  });
});
