import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { generate } from 'selfsigned';
import { findRedisProgram } from './find-redis.js';
import { freePort } from './free-port.js';
import { type RedisServer, startRedisServer } from './redis-server.js';

jest.setTimeout(60_000);

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/** A certificate that signs itself, as the authority that it is signed by. */
async function makeCertificate(folder: string): Promise<{ certificate: string; key: string }> {
  const pem = await generate([{ name: 'commonName', value: 'localhost' }], { algorithm: 'sha256' });
  const [certificate, key] = [join(folder, 'redis.crt'), join(folder, 'redis.key')];
  await writeFile(certificate, pem.cert);
  await writeFile(key, pem.private, { mode: 0o600 });
  return { certificate, key };
}

/** What `npm start` runs once everything is built. */
function npmStart(settings: NodeJS.ProcessEnv) {
  const env = { PATH: process.env.PATH, PORT: '0', ...settings };
  return spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'pipe'] });
}

describe('npm start on a Redis that speaks only TLS, with its own certificate authority', () => {
  let folder: string;
  let certificate: string;
  let port: number;
  let redis: RedisServer;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-tls-'));
    const made = await makeCertificate(folder);
    certificate = made.certificate;
    port = await freePort();
    const files = ['--tls-cert-file', certificate, '--tls-key-file', made.key];
    const args = ['--port', '0', '--tls-port', String(port), ...files, '--tls-auth-clients', 'no'];
    redis = await startRedisServer({ program: await findRedisProgram(), folder, port, args });
  });
  afterAll(async () => {
    await redis?.kill();
    await rm(folder, { recursive: true, force: true });
  });

  it.each([
    ['rediss://', () => ({ REDIS_URL: `rediss://localhost:${port}` })],
    ['REDIS_TLS', () => ({ REDIS_HOST: 'localhost', REDIS_ADDRESS: `localhost:${port}`, REDIS_TLS: 'true' })],
  ])('is ready by %s, with that authority in NODE_EXTRA_CA_CERTS', async (_, address) => {
    await expectReady({ ...address(), NODE_EXTRA_CA_CERTS: certificate });
  });

  it('is ready with a certificate from nobody known, if it is told to take any', async () => {
    await expectReady({ REDIS_URL: `rediss://localhost:${port}`, REDIS_TLS_VERIFY: 'false' });
  });

  async function expectReady(address: NodeJS.ProcessEnv) {
    const settings = { ...address, DATA_DIR: folder };
    const child = npmStart({ ...settings, GATEWAY_WORKERS: '1' });
    const ended = once(child, 'close');
    let url: string | undefined;
    for await (const line of createInterface({ input: child.stdout })) {
      url = /^ready: (http:\/\/localhost:\d+)$/.exec(line)?.[1];
      if (url) break;
    }
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  }

  it('refuses a certificate from an unknown authority', async () => {
    const child = npmStart({ REDIS_URL: `rediss://localhost:${port}`, DATA_DIR: folder });
    const errors: Buffer[] = [];
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(Buffer.concat(errors).toString()).toMatch(/^Cannot reach Redis .*self-signed certificate.*\n$/);
  });
});
