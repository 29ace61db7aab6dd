// npm run certificates: writes certificates of an authority of their own to the folder "certificates", which git ignores: for the
// chat's address (chat.pem; replace it by one that browsers trust) and for Redis (redis.crt, redis.key). Options: --folder, --name <host
// name of the chat>, and --network <REDIS_NETWORK> for Redis with Sentinels or as a Cluster. Files that are there stay.
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { generate } from 'selfsigned';

const YEARS = { authority: 10, server: 2 };

const { folder, name, network } = parseArgs({
  options: {
    folder: { type: 'string', default: 'certificates' },
    name: { type: 'string', default: 'localhost' },
    network: { type: 'string', default: '172.30.87' },
  },
}).values;

/** By what clients reach Redis: in docker-compose.yml, with Sentinels and as a Cluster, and in k8s. */
const redisNames = [
  ...['redis', 'redis-address', 'localhost', '127.0.0.1'],
  ...Array.from({ length: 6 }, (_, pod) => `redis-${pod}.redis`),
  ...[11, 12, 13, 14, 15, 16, 21, 22, 23].map((last) => `${network}.${last}`),
];

await mkdir(folder, { recursive: true, mode: 0o700 });
const authority = await keptAuthority();
const chat = await serverCertificate([name, 'localhost', '127.0.0.1']);
await keep('chat.pem', chat.cert + chat.private);
const redis = await serverCertificate(redisNames);
if (!existsSync(join(folder, 'redis.crt'))) {
  await keep('redis.crt', redis.cert);
  await keep('redis.key', redis.private);
}
console.log(
  `${folder} has the certificates. Keep ca.key to yourself; clients need ca.crt, unless you replace chat.pem.`,
);

async function keptAuthority() {
  if (!existsSync(join(folder, 'ca.key'))) {
    const extensions = [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ];
    const made = await certificate('Parley, an authority of its own', YEARS.authority, { extensions });
    await writeFile(join(folder, 'ca.key'), made.private, { mode: 0o600 });
    await writeFile(join(folder, 'ca.crt'), made.cert);
  }
  const [key, cert] = await Promise.all(
    ['ca.key', 'ca.crt'].map((file) => readFile(join(folder, file), 'utf8')),
  );
  return { key, cert };
}

function serverCertificate(names) {
  const altNames = [...new Set(names)].map((each) =>
    isIP(each) ? { type: 7, ip: each } : { type: 2, value: each },
  );
  const extensions = [
    { name: 'basicConstraints', cA: false, critical: true },
    { name: 'keyUsage', digitalSignature: true, critical: true },
    { name: 'extKeyUsage', serverAuth: true },
    { name: 'subjectAltName', altNames },
  ];
  return certificate(names[0], YEARS.server, { extensions, ca: authority });
}

async function certificate(commonName, years, options) {
  const notAfterDate = new Date();
  notAfterDate.setFullYear(notAfterDate.getFullYear() + years);
  const kind = { keyType: 'ec', algorithm: 'sha256', notAfterDate };
  const made = await generate([{ name: 'commonName', value: commonName }], { ...kind, ...options });
  return { cert: wholeLines(made.cert), private: wholeLines(made.private) };
}

/** Ends the last line, without which HAProxy does not find what follows in the same file. */
function wholeLines(pem) {
  return `${pem.trim()}\n`;
}

/** Containers read the files, each as a user of its own; the folder keeps others on this machine from them. */
async function keep(file, text) {
  await writeFile(join(folder, file), text, { flag: 'wx', mode: 0o644 }).catch((error) => {
    if (error.code !== 'EEXIST') throw error;
  });
}
