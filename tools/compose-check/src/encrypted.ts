import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import type { Check } from './check.js';
import { run } from './program.js';

/** The environment variable with the folder of the certificates. */
export const CERTIFICATES = 'CERTIFICATES';

/**
 * Runs this command again, with certificates of an authority that it trusts: Node reads the authorities when it starts.
 * @returns its exit code.
 */
export async function againWithCertificates(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'certificates-'));
  try {
    await run(process.execPath, ['deploy/make-certificates.mjs', '--folder', folder]);
    const env = { ...process.env, [CERTIFICATES]: folder, NODE_EXTRA_CA_CERTS: join(folder, 'ca.crt') };
    const child = spawn(process.execPath, process.argv.slice(1), { env, stdio: 'inherit' });
    const [code] = await once(child, 'exit');
    return code ?? 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Nothing of the chat is spoken in clear text, neither by HAProxy nor by Redis. */
export const ENCRYPTED: Check = {
  title: 'sends clients without TLS to the other port, and Redis answers none of them',
  run: async (compose) => {
    const { hostname, port } = new URL(compose.url);
    const answer = await fetch(`${compose.plainUrl}path?query`, { redirect: 'manual' });
    const location = answer.headers.get('location');
    if (answer.status !== 308 || location !== `https://127.0.0.1:${port}/path?query`) {
      throw new Error(`expected a redirect: ${answer.status} ${location}`);
    }
    const socket = connect({ host: hostname, port: Number(port), servername: hostname });
    await once(socket, 'secureConnect');
    const version = socket.getProtocol();
    socket.destroy();
    const plain = await compose.exec('redis', 'redis-cli', 'ping');
    if (!/error|closed|reset/i.test(plain)) throw new Error(`Redis answered in clear text: ${plain}`);
    return `308, ${version}, ${plain.trim().replaceAll('\n', ', ')}`;
  },
};
