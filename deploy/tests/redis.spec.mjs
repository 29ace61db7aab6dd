import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  copyFileSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { REDIS_USERS } from '../../libs/redis/dist/index.js';
import { eventually, startRedis } from '../../tools/testing/dist/index.js';
import { environmentFile } from '../environment-file.mjs';

const deploy = fileURLToPath(new URL('../', import.meta.url));
const run = promisify(execFile);
const password = (user) => `password of ${user}`.replaceAll(' ', '-');
const users = [...REDIS_USERS, 'admin', 'replica', 'sentinel'];

describe('a Redis with the configuration of the compose files', () => {
  let files;
  let servers;
  let clients;

  beforeEach(async () => {
    [servers, clients] = [[], []];
    files = mkdtempSync(join(tmpdir(), 'redis-files-'));
    const passwords = users.map((user) => [`REDIS_${user.toUpperCase()}_PASSWORD`, password(user)]);
    await run(process.execPath, [join(deploy, 'redis-files.mjs'), files], {
      env: Object.fromEntries(passwords),
    });
  });
  afterEach(async () => {
    for (const client of clients) client.disconnect();
    await Promise.all(servers.map((server) => server.remove()));
    rmSync(files, { recursive: true });
  });

  /** redis.conf with another port and other folders. */
  const start = async (...args) => {
    const file = join(files, 'redis.conf');
    const lines = readFileSync(join(deploy, 'redis/redis.conf'), 'utf8').replaceAll('/run/redis', files);
    writeFileSync(file, lines.replace(/^(bind|port|dir) .*$/gm, ''));
    const server = await startRedis({ args: ['--include', file, ...args] });
    servers.push(server);
    return server;
  };
  const connect = ({ port }, user) => {
    const credentials = user && { username: user, password: password(user) };
    const client = new Redis({ port, ...credentials, protocol: 2, maxRetriesPerRequest: 0 });
    client.on('error', () => undefined); // each command rejects with it
    clients.push(client);
    return client;
  };

  it('lets in nobody without a password', async () => {
    await expect(connect(await start()).ping()).rejects.toThrow(/NOAUTH/);
  });

  it.each(REDIS_USERS)('refuses %s the keys of the others, and what changes the server', async (user) => {
    const client = connect(await start(), user);
    for (const other of REDIS_USERS.filter((name) => name !== user)) {
      await expect(client.get(`chat:${other}:{x}`)).rejects.toThrow(/NOPERM/);
    }
    await expect(client.flushall()).rejects.toThrow(/NOPERM/);
    await expect(client.config('GET', 'dir')).rejects.toThrow(/NOPERM/);
    // Gateways keep nothing.
    if (user !== 'gateway') expect(await client.get(`chat:${user}:{x}`)).toBeNull();
  });

  it('keeps what was written when it is killed and started again, also by a script', async () => {
    const server = await start('--appendfsync', 'always');
    const script = "redis.call('SET', KEYS[1], 'a'); redis.call('SET', KEYS[1] .. '2', 'b')";
    await connect(server, 'admin').eval(script, 1, 'k');
    await server.kill();
    await server.restart();
    expect(await connect(server, 'admin').dbsize()).toBe(2);
  });

  it('is copied by a replica', async () => {
    const master = await start('--repl-diskless-sync-delay', '0');
    await connect(master, 'admin').set('k', 'v');
    const replica = connect(await start('--replicaof', '127.0.0.1', String(master.port)), 'admin');
    await eventually(async () => (await replica.get('k')) === 'v', { timeoutMs: 20_000 });
  }, 30_000);

  it.each([
    ['as Redis saves it', ''],
    ['as redis-cli writes it to standard output', 'f0'.repeat(20)],
  ])('has what a backup %s held, and keeps it, after a restore', async (_, mark) => {
    const server = await start();
    const before = connect(server, 'admin');
    await before.set('backed up', 'v');
    await before.save();
    const backup = join(files, 'chat.rdb');
    copyFileSync(join(server.folder, 'dump.rdb'), backup);
    appendFileSync(backup, mark);
    await before.set('later', 'v');
    await server.stop();
    writeFileSync(join(server.folder, 'nodes.conf'), 'of a node of a Cluster');
    const restore = spawn('sh', [join(deploy, 'redis/restore.sh'), server.folder], {
      stdio: [openSync(backup, 'r'), 'inherit', 'inherit'],
    });
    expect(await once(restore, 'exit')).toEqual([0, null]);
    expect(readdirSync(server.folder).sort()).toEqual(['appendonlydir', 'nodes.conf']);
    await server.restart();
    await connect(server, 'admin').set('after', 'v');
    await server.restart();
    expect((await connect(server, 'admin').keys('*')).sort()).toEqual(['after', 'backed up']);
  });
});

describe('an installation of the version before, which had no operator', () => {
  let folder;
  let server;
  const clients = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'redis-files-'));
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.disconnect();
    await server?.remove();
    rmSync(folder, { recursive: true });
  });

  const valuesOf = (file) =>
    Object.fromEntries(
      [...readFileSync(file, 'utf8').matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, ...each]) => each),
    );
  const login = (values, user) => {
    const redis = new Redis({
      ...{ port: server.port, username: user, password: values[`REDIS_${user.toUpperCase()}_PASSWORD`] },
      ...{ protocol: 2, maxRetriesPerRequest: 0, retryStrategy: () => null },
    });
    redis.on('error', () => undefined); // each command rejects with it
    clients.push(redis);
    return redis;
  };

  it('has one after "npm run env -- --complete" and ACL LOAD, and keeps its other passwords', async () => {
    const file = join(folder, '.env');
    writeFileSync(file, environmentFile('single').replace(/^REDIS_OPERATOR_.*\n/m, ''));
    const write = (env) => run(process.execPath, [join(deploy, 'redis-files.mjs'), folder], { env });
    const before = valuesOf(file);
    await write(before);
    server = await startRedis({ args: ['--aclfile', join(folder, 'users.acl')] });
    await run(process.execPath, [join(deploy, 'make-env.mjs'), '--complete', '--file', file]);
    const after = valuesOf(file);
    expect(after).toEqual({ ...before, REDIS_OPERATOR_PASSWORD: expect.stringMatching(/^[0-9a-f]{64}$/) });
    await expect(login(after, 'operator').ping()).rejects.toThrow(/WRONGPASS|closed/);
    await write(after);
    await login(after, 'admin').call('ACL', 'LOAD');
    expect(await login(after, 'operator').ping()).toBe('PONG');
    expect(await login(after, 'gateway').ping()).toBe('PONG');
  });
});

describe('redis-files.mjs', () => {
  it('names the password that is missing', async () => {
    const options = { env: { REDIS_ADMIN_PASSWORD: 'x' } };
    await expect(run(process.execPath, [join(deploy, 'redis-files.mjs'), tmpdir()], options)).rejects.toThrow(
      /REDIS_AUTH_PASSWORD is not set/,
    );
  });
});
