import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createSecureContext } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { REDIS_USERS } from '../../libs/redis/dist/index.js';
import { eventually, startWith } from '../../tools/testing/dist/index.js';

const deploy = fileURLToPath(new URL('../', import.meta.url));
const run = promisify(execFile);
const users = [...REDIS_USERS, 'admin', 'replica', 'sentinel', 'operator'];

let certificates;
beforeAll(async () => {
  certificates = mkdtempSync(join(tmpdir(), 'certificates-'));
  const args = ['--folder', certificates, '--name', 'chat.example.org'];
  await run(process.execPath, [join(deploy, 'make-certificates.mjs'), ...args]);
});
afterAll(() => rmSync(certificates, { recursive: true }));
const read = (file) => readFileSync(join(certificates, file), 'utf8');

describe('npm run certificates', () => {
  it('keeps the authority to the user who runs it, and what is there at the next run', async () => {
    expect(statSync(join(certificates, 'ca.key')).mode & 0o077).toBe(0);
    const before = ['ca.crt', 'chat.pem', 'redis.crt', 'redis.key'].map(read);
    await run(process.execPath, [join(deploy, 'make-certificates.mjs'), '--folder', certificates]);
    expect(['ca.crt', 'chat.pem', 'redis.crt', 'redis.key'].map(read)).toEqual(before);
  });

  it("has HAProxy's certificate and key in one file", () => {
    const both = read('chat.pem');
    expect(() => createSecureContext({ cert: both, key: both })).not.toThrow();
  });
});

describe('a Redis with the configuration of the compose files and TLS', () => {
  let files;
  const servers = [];
  const clients = [];

  beforeAll(async () => {
    files = mkdtempSync(join(tmpdir(), 'redis-files-'));
    const passwords = users.map((user) => [`REDIS_${user.toUpperCase()}_PASSWORD`, `of-${user}`]);
    const env = { ...Object.fromEntries(passwords), REDIS_TLS: 'true', CERTIFICATES: certificates };
    await run(process.execPath, [join(deploy, 'redis-files.mjs'), files], { env });
    const lines = readFileSync(join(deploy, 'redis/redis.conf'), 'utf8').replaceAll('/run/redis', files);
    writeFileSync(join(files, 'redis.conf'), lines.replace(/^(bind|dir) .*$/gm, ''));
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.disconnect();
    await Promise.all(servers.splice(0).map((server) => server.remove()));
  });
  afterAll(() => rmSync(files, { recursive: true }));

  const start = async (...more) => {
    const server = await startWith(async ({ port, folder }) => [
      join(files, 'redis.conf'),
      ...[
        '--tls-port',
        String(port),
        '--bind',
        '127.0.0.1',
        '--dir',
        folder,
        '--repl-diskless-sync-delay',
        '0',
      ],
      ...more,
    ]);
    servers.push(server);
    return server;
  };
  const client = ({ port }, user, options = { tls: { ca: read('ca.crt') } }) => {
    const made = new Redis({
      port,
      username: user,
      password: `of-${user}`,
      maxRetriesPerRequest: 0,
      ...options,
    });
    made.on('error', () => undefined); // each command rejects with it
    clients.push(made);
    return made;
  };

  it('speaks TLS to those who know the authority, and nothing else', async () => {
    const server = await start();
    expect(await client(server, 'gateway').ping()).toBe('PONG');
    await expect(client(server, 'gateway', {}).ping()).rejects.toThrow();
    await expect(client(server, 'gateway', { tls: {} }).ping()).rejects.toThrow();
  });

  it('is copied by a replica over TLS', async () => {
    const master = await start();
    await client(master, 'admin').set('k', 'v');
    const replica = client(await start('--replicaof', '127.0.0.1', String(master.port)), 'admin');
    await eventually(async () => (await replica.get('k')) === 'v', { timeoutMs: 20_000 });
  }, 30_000);

  it('has a name in its certificate for each way to reach it', async () => {
    const { port } = await start();
    for (const servername of ['redis', 'redis-address', 'redis-0.redis', 'redis-2.redis']) {
      const socket = connect({ port, host: '127.0.0.1', servername, ca: read('ca.crt') });
      await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
      expect(socket.authorized).toBe(true);
      expect(socket.getPeerCertificate().subjectaltname).toContain('IP Address:172.30.87.11');
      socket.destroy();
    }
  });
});
