import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { connectRedis, REDIS_USERS } from '../../libs/redis/dist/index.js';
import { findRedisProgram, freePort } from '../../tools/local-stack/dist/index.js';
import { eventually } from '../../tools/testing/dist/index.js';

const deploy = fileURLToPath(new URL('../', import.meta.url));
const run = promisify(execFile);
const passwords = { sentinel: 'for-sentinels', client: 'for-clients' };

/** The files as redis-files.mjs writes them. */
const writeFiles = (folder, more = {}) => {
  const users = [...REDIS_USERS, 'admin', 'replica', 'sentinel', 'operator'];
  const env = {
    ...Object.fromEntries(users.map((user) => [`REDIS_${user.toUpperCase()}_PASSWORD`, `of-${user}`])),
    SENTINEL_PASSWORD: passwords.sentinel,
    SENTINEL_CLIENT_PASSWORD: passwords.client,
    ...more,
  };
  return run(process.execPath, [join(deploy, 'redis-files.mjs'), folder], { env });
};

/** The environment in which a script finds the redis-server of this machine; undefined if that is in a container. */
async function environment() {
  const { file, args, env } = (await findRedisProgram()).command({ folder: '/', port: 0, args: [] });
  const path = [file, ...args].find((word) => /\/redis-server$/.test(word));
  return path && { ...process.env, ...env, PATH: `${dirname(path)}${delimiter}${process.env.PATH}` };
}
const env = await environment();

(env ? describe : describe.skip)('a Sentinel as start-sentinel.sh starts it', () => {
  let folder;
  let port;
  let child;
  const clients = [];

  const start = async (more) => {
    await writeFiles(folder, more);
    const place = { ...env, DATA: join(folder, 'data'), FILES: folder, PORT: String(port) };
    child = spawn('sh', [join(deploy, 'redis/start-sentinel.sh'), '127.0.0.1', '127.0.0.1'], { env: place });
    await eventually(() => as('probe', 'none').ping(), { timeoutMs: 20_000 });
  };
  const end = async () => {
    child.kill();
    await once(child, 'exit');
  };
  const as = (username, password) => {
    const client = new Redis({ port, username, password, enableReadyCheck: false, maxRetriesPerRequest: 0 });
    client.on('error', () => undefined); // each command rejects with it
    clients.push(client);
    return client;
  };
  const find = (client) => client.call('SENTINEL', 'get-master-addr-by-name', 'parley');
  const changes = [
    'SENTINEL MONITOR parley2 127.0.0.1 6666 1',
    'SENTINEL REMOVE parley',
    'SENTINEL SET parley auth-pass x',
    'SENTINEL RESET *',
    'SENTINEL FAILOVER parley',
    'SENTINEL CONFIG SET announce-ip 10.0.0.1',
    'SENTINEL FLUSHCONFIG',
    'SENTINEL CKQUORUM parley',
    'ACL SETUSER default on nopass ~* &* +@all',
    'SHUTDOWN',
    'CLIENT KILL TYPE normal',
  ];
  /** ioredis leaves after NOAUTH, so each command has a client of its own. */
  const refuses = async (connect, message) => {
    for (const line of changes) {
      const answer = await connect()
        .call(...line.split(' '))
        .catch((error) => error.message);
      expect([line, answer]).toEqual([line, expect.stringContaining(message)]);
    }
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sentinel-'));
    mkdirSync(join(folder, 'data'));
    port = await freePort();
    await start();
  });
  afterAll(async () => {
    for (const client of clients) client.disconnect();
    await end();
    rmSync(folder, { recursive: true });
  });

  it('lets nobody in without a password, or with a wrong one', async () => {
    await expect(find(as())).rejects.toThrow('NOAUTH');
    await refuses(() => as(), 'NOAUTH');
    await expect(as().publish('__sentinel__:hello', 'x')).rejects.toThrow('NOAUTH');
    await expect(find(as('client', 'wrong'))).rejects.toThrow(/NOAUTH|WRONGPASS/);
  });

  it('tells a client where the master is, and lets it change nothing', async () => {
    const client = as('client', passwords.client);
    expect(await find(client)).toEqual(['127.0.0.1', '6379']);
    await client.subscribe('+switch-master');
    await client.unsubscribe('+switch-master');
    await refuses(() => client, 'NOPERM');
    await expect(client.publish('__sentinel__:hello', 'x')).rejects.toThrow('NOPERM');
    await expect(client.subscribe('__sentinel__:hello')).rejects.toThrow('NOPERM');
  });

  it.each([
    ['sentinel', passwords.sentinel],
    ['probe', 'none'],
  ])('lets its user %s change nothing', async (user, password) => {
    await refuses(() => as(user, password), 'NOPERM');
  });

  it('is asked by the services with their settings', async () => {
    const settings = {
      REDIS_SENTINELS: [`127.0.0.1:${port}`],
      REDIS_SENTINEL_NAME: 'parley',
      REDIS_SENTINELS_USERNAME: 'client',
      REDIS_SENTINELS_PASSWORD: passwords.client,
    };
    const redis = connectRedis(settings, { maxRetriesPerRequest: null });
    clients.push(redis);
    const faults = [];
    redis.on('error', (error) => faults.push(error.message));
    // It knows where the master is, and nothing listens there.
    await eventually(() => faults.some((message) => message.includes('6379')));
    expect(faults.filter((message) => /NOAUTH|NOPERM|WRONGPASS/.test(message))).toEqual([]);
  });

  it('tells everybody where the master is, and nothing else, while an upgrade says so', async () => {
    await end();
    await start({ SENTINELS_OPEN: 'true' });
    expect(await find(as())).toEqual(['127.0.0.1', '6379']);
    await refuses(() => as(), 'NOPERM');
    await end();
    await start();
    await expect(find(as())).rejects.toThrow('NOAUTH');
  });
});
