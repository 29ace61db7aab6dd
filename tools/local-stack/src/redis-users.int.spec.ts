import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aclUsers, REDIS_USERS, type RedisUser } from '@parley/redis';
import { Redis } from 'ioredis';
import { findRedisProgram } from './find-redis.js';
import { freePort } from './free-port.js';
import { type RedisServer, startRedisServer } from './redis-server.js';

const PREFIX = 'acl';
const OWN_KEY: Record<RedisUser, string> = {
  auth: 'auth:k',
  users: 'presence:k',
  channels: 'channels:k',
  gateway: 'gateway:k',
};
const strangers = REDIS_USERS.flatMap((name) =>
  REDIS_USERS.filter((other) => other !== name).map((other) => [name, other] as const),
);

describe('the Redis users of the services', () => {
  let folder: string;
  let server: RedisServer;
  const clients = {} as Record<RedisUser, Redis>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'redis-users-'));
    const [program, port] = await Promise.all([findRedisProgram(), freePort()]);
    server = await startRedisServer({
      program,
      folder,
      port,
      args: ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''],
    });
    const admin = new Redis(port);
    for (const [name, rules] of Object.entries(aclUsers(PREFIX))) {
      const password = randomUUID();
      await admin.call('ACL', 'SETUSER', name, 'on', `>${password}`, ...rules);
      clients[name as RedisUser] = new Redis(port, { username: name, password });
    }
    admin.disconnect();
  });

  afterAll(async () => {
    for (const client of Object.values(clients)) client.disconnect();
    await server?.stop();
    await rm(folder, { recursive: true });
  });

  it.each(REDIS_USERS)('%s writes and reads its own keys', async (name) => {
    await clients[name].set(`${PREFIX}:${OWN_KEY[name]}`, name);
    expect(await clients[name].get(`${PREFIX}:${OWN_KEY[name]}`)).toBe(name);
  });

  it.each(strangers)('%s gets NOPERM for the keys of %s', async (name, other) => {
    const key = `${PREFIX}:${OWN_KEY[other]}`;
    await expect(clients[name].get(key)).rejects.toThrow('NOPERM');
    await expect(clients[name].set(key, 'x')).rejects.toThrow('NOPERM');
    await expect(clients[name].eval('return redis.call("GET", KEYS[1])', 1, key)).rejects.toThrow(
      /NOPERM|permission/,
    );
  });

  it('lets the gateway ask auth, but not read answers meant for others', async () => {
    const { gateway } = clients;
    await gateway.xadd(`${PREFIX}:rpc:{auth}:requests`, '*', 'v', '1');
    await expect(gateway.get(`${PREFIX}:rpc:{auth}:done:k`)).rejects.toThrow('NOPERM');
    await expect(gateway.subscribe(`${PREFIX}:rpc:{users}:reply:auth.1`)).rejects.toThrow('NOPERM');
    await expect(clients.users.xadd(`${PREFIX}:rpc:{auth}:requests`, '*', 'v', '1')).rejects.toThrow(
      'NOPERM',
    );
  });

  it.each([
    'FLUSHALL',
    'KEYS *',
    'CONFIG GET *',
    'ACL LIST',
    'SHUTDOWN NOSAVE',
    'MONITOR',
    'CLIENT KILL TYPE normal',
  ])('refuses %s to every service', async (line) => {
    const [command, ...args] = line.split(' ');
    for (const name of REDIS_USERS)
      await expect(clients[name].call(command!, ...args)).rejects.toThrow('NOPERM');
  });
});
