import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { REDIS_USERS } from '@parley/redis';
import { Redis } from 'ioredis';
import { findRedisProgram } from './find-redis.js';
import { freePort } from './free-port.js';
import { writeRedisFiles } from './redis-files.js';
import { startRedisServer } from './redis-server.js';
import type { Secrets } from './secrets.js';

const passwords = Object.fromEntries(
  [...REDIS_USERS, 'admin'].map((user) => [user, `password of ${user}`]),
) as Secrets['passwords'];

describe('a Redis with the generated files', () => {
  let folder: string;
  let port: number;
  let admin: Redis;

  const startServer = async () => {
    const configuration = await writeRedisFiles(folder, { port, prefix: 'chat', passwords });
    const program = await findRedisProgram();
    return startRedisServer({ program, folder, port, args: [configuration] });
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'redis-files-'));
    port = await freePort();
    admin = new Redis(port, { username: 'admin', password: passwords.admin, lazyConnect: true });
    admin.on('error', () => {}); // deliberately unreachable for a moment
  });

  afterEach(async () => {
    admin.disconnect();
    await rm(folder, { recursive: true, force: true });
  });

  it('still has, after a restart, what scripts with several writes have stored', async () => {
    const first = await startServer();
    const script = "redis.call('SET', KEYS[1], 'kept') redis.call('SET', KEYS[2], 'kept')";
    await admin.eval(script, 2, '{a}:1', '{a}:2');
    await first.stop();
    const second = await startServer();
    try {
      expect(await admin.mget('{a}:1', '{a}:2')).toEqual(['kept', 'kept']);
    } finally {
      await second.stop();
    }
  });
});
