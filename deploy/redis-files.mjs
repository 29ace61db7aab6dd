// node redis-files.mjs <folder>: writes the user files of Redis and of its Sentinels. REDIS_<USER>_PASSWORD holds the password
// of each user of Redis; SENTINEL_PASSWORD and SENTINEL_CLIENT_PASSWORD hold those at the Sentinels, if there are any. With
// REDIS_TLS=true Redis speaks only TLS, with the certificate in CERTIFICATES (/run/certificates): ca.crt, redis.crt, redis.key.
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  aclLines,
  aclPassword,
  COMPANIONS,
  OPERATOR,
  REDIS_USERS,
  sentinelAclLines,
  sentinelCredentials,
} from '@parley/redis';

const folder = process.argv[2];
const companions = Object.entries(COMPANIONS);
const users = [...REDIS_USERS, 'admin', ...companions.map(([user]) => user)];
const passwords = Object.fromEntries(users.map((user) => [user, passwordOf(user)]));
// An .env of the release before has none; there is no such user then. Kept for one release longer.
passwords[OPERATOR] = process.env.REDIS_OPERATOR_PASSWORD;
const others = companions.map(
  ([user, rules]) => `user ${user} on ${aclPassword(passwords[user])} ${rules}\n`,
);
const replication = `masteruser replica\nmasterauth ${passwords.replica}\n`;

await writeFile(
  join(folder, 'users.acl'),
  aclLines(process.env.REDIS_PREFIX || 'chat', passwords) + others.join(''),
);
await writeFile(join(folder, 'replication.conf'), replication);
const isTls = process.env.REDIS_TLS === 'true';
if (isTls)
  for (const name of ['ca.crt', 'redis.crt', 'redis.key'])
    await copyFile(certificate(name), join(folder, name));
await writeFile(join(folder, 'tls.conf'), isTls ? tlsLines() : '');
const { SENTINEL_PASSWORD: sentinel, SENTINEL_CLIENT_PASSWORD: client, SENTINELS_OPEN } = process.env;
if (sentinel && client) {
  await writeFile(
    join(folder, 'sentinel-users.acl'),
    sentinelAclLines({ sentinel, client }, SENTINELS_OPEN === 'true'),
  );
  await writeFile(join(folder, 'sentinel.conf'), sentinelCredentials('parley', passwords.sentinel, sentinel));
}

function passwordOf(user) {
  const name = `REDIS_${user.toUpperCase()}_PASSWORD`;
  if (process.env[name]) return process.env[name];
  console.error(`${name} is not set`);
  process.exit(1);
}

function certificate(name) {
  return join(process.env.CERTIFICATES ?? '/run/certificates', name);
}

/** Clients sign in by a password, so they need no certificates. */
function tlsLines() {
  const file = (name) => join(folder, name);
  return [
    'port 0',
    'tls-port 6379',
    `tls-cert-file ${file('redis.crt')}`,
    `tls-key-file ${file('redis.key')}`,
    `tls-ca-cert-file ${file('ca.crt')}`,
    'tls-auth-clients no',
    'tls-replication yes',
    'tls-cluster yes',
    '',
  ].join('\n');
}
