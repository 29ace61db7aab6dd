import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { nextKeys } from '../deploy/auth-keys.mjs';
import { RETENTION } from '../deploy/environment-file.mjs';
import {
  aclLines,
  aclPassword,
  COMPANIONS,
  OPERATOR,
  REDIS_USERS,
  sentinelAclLines,
  sentinelCredentials,
} from '../libs/redis/dist/index.js';

/** The folder already exists, and its passwords are in use. */
export class SecretsExistError extends Error {}

/** The rights of Redis's users other than the services and the admin; `nopass` marks a user without a password. */
const others = {
  // For the kubelet's probes.
  probe: 'nopass -@all +ping +role',
  ...COMPANIONS,
  // For the container that joins the nodes of a Cluster.
  cluster: '-@all +ping +info +cluster',
};

/** Every user of Redis. */
const userNames = [...REDIS_USERS, OPERATOR, 'admin', ...Object.keys(others)];
/** The passwords of the Sentinels among each other, and of those who ask them. */
const [PEERS, CLIENT] = ['sentinel peers', 'sentinel client'];

/**
 * Writes the files that the overlays' secretGenerator reads to a new folder. Only the current user can read them.
 * @param {string} folder
 * @param {string} prefix REDIS_PREFIX of the services
 * @throws SecretsExistError when the folder exists; it stays unchanged.
 */
export async function makeSecrets(folder, prefix) {
  await mkdir(dirname(folder), { recursive: true });
  await mkdir(folder, { mode: 0o700 }).catch((error) => {
    if (error.code !== 'EEXIST') throw error;
    throw new SecretsExistError(`${folder} exists. Delete it to make new secrets.`);
  });
  for (const [name, text] of Object.entries(files(prefix))) {
    await writeFile(join(folder, name), text, { mode: 0o600 });
  }
  await packSecrets(folder);
}

/**
 * Writes new keys of auth into auth.env and gateway.env. Auth keeps the key that was in use after the new one, for what
 * gateways still seal to it.
 * @param {string} folder
 * @param {{leaked?: boolean, onlyMissing?: boolean}} [options] `leaked`: no key stays. `onlyMissing`: where there are keys, they stay
 */
export async function rotateKeys(folder, { leaked = false, onlyMissing = false } = {}) {
  const auth = await readFile(join(folder, 'auth.env'), 'utf8');
  const inUse = /^AUTH_PRIVATE_KEYS=(.+)$/m.exec(auth)?.[1];
  if (onlyMissing && inUse) return;
  const keys = nextKeys(leaked ? undefined : inUse);
  const gateway = await readFile(join(folder, 'gateway.env'), 'utf8');
  const files = { 'auth.env': [auth, 'AUTH_PRIVATE_KEYS'], 'gateway.env': [gateway, 'AUTH_PUBLIC_KEYS'] };
  for (const [name, [text, setting]] of Object.entries(files)) {
    const others = text.split('\n').filter((line) => line !== '' && !line.startsWith(`${setting}=`));
    const lines = [...others, `${setting}=${keys[setting]}`];
    await writeFile(join(folder, name), `${lines.join('\n')}\n`, { mode: 0o600 });
  }
}

/**
 * Brings the files of an earlier version up to date: the rights of this version's users, with the passwords that they have, and what
 * is missing. A password that one file has is that of the others, too. Lines of other users, and further passwords of a user, stay.
 * @param {string} folder
 * @param {string} prefix REDIS_PREFIX of the services
 */
export async function refreshSecrets(folder, prefix) {
  const before = Object.fromEntries(
    await Promise.all(Object.keys(files(prefix)).map(async (name) => [name, await textIn(folder, name)])),
  );
  for (const [name, text] of Object.entries(files(prefix, passwordsIn(before)))) {
    const old = before[name];
    const fresh = old === undefined ? text : refreshed(name, old, text);
    if (fresh !== old) await writeFile(join(folder, name), fresh, { mode: 0o600 });
  }
  await packSecrets(folder);
}

/** The text of a file, undefined if there is none. */
const textIn = (folder, name) =>
  readFile(join(folder, name), 'utf8').catch((error) => {
    if (error.code !== 'ENOENT') throw error;
  });

/** The passwords that the files have: of Redis's users by their names, and the two of the Sentinels. */
function passwordsIn(texts) {
  const found = {
    replica: /^masterauth (.+)$/m.exec(texts['replication.conf'])?.[1],
    sentinel: /^sentinel auth-pass \S+ (.+)$/m.exec(texts['sentinel.conf'])?.[1],
    [PEERS]: /^sentinel sentinel-pass (.+)$/m.exec(texts['sentinel.conf'])?.[1],
    [CLIENT]:
      texts['sentinel-client']?.trim() ||
      /^REDIS_SENTINELS_PASSWORD=(.+)$/m.exec(texts['sentinels.env'])?.[1],
  };
  for (const name of userNames)
    found[name] ??= /^(?:REDIS_PASSWORD|REDISCLI_AUTH)=(.+)$/m.exec(texts[`${name}.env`])?.[1];
  return Object.fromEntries(Object.entries(found).filter(([, password]) => password));
}

function refreshed(name, old, fresh) {
  if (name.endsWith('.acl')) return withRules(old, fresh);
  // A version before had no passwords among Sentinels.
  if (name === 'sentinel.conf' && !old.includes('sentinel-pass'))
    return old + fresh.replace(/^sentinel auth-.*\n/gm, '');
  return old;
}

/** The lines of a fresh ACL file, with the old one's further passwords and users. */
function withRules(old, fresh) {
  const linesOf = (text) =>
    new Map([...text.matchAll(/^user (\S+) .*$/gm)].map(([line, user]) => [user, line]));
  const hashesOf = (line) => line.match(/(?<= )#[0-9a-f]{64}(?= )/g) ?? [];
  const [before, after] = [linesOf(old), linesOf(fresh)];
  for (const [user, line] of after) {
    const hashes = before.has(user) ? hashesOf(before.get(user)) : [];
    const [inUse] = hashesOf(line);
    if (inUse) after.set(user, line.replace(inUse, [...new Set([...hashes, inUse])].join(' ')));
  }
  return `${[...new Map([...before, ...after]).values()].join('\n')}\n`;
}

/** The files of the folder that are the keys of the Secret "redis". */
const REDIS_FILES = [
  'users.acl',
  'replication.conf',
  'sentinel.conf',
  'sentinel-users.acl',
  'sentinel-client',
];
/** The Secrets that hold keys of auth. */
const KEY_HOLDERS = ['auth', 'gateway'];

/**
 * Writes the contents of the Secrets "redis", "auth" and "gateway" from the files beside them. Kustomize's generator would
 * break their long lines of base64; the API server joins them again, and takes that for a change each time.
 * @param {string} folder
 */
export async function packSecrets(folder) {
  const read = (name) => readFile(join(folder, name), 'utf8');
  const redis = await Promise.all(REDIS_FILES.map(async (name) => [name, await read(name)]));
  await pack(folder, 'redis', REDIS_FILES, redis);
  for (const name of KEY_HOLDERS) {
    const lines = (await read(`${name}.env`)).matchAll(/^(\w+)=(.*)$/gm);
    await pack(
      folder,
      name,
      [`${name}.env`],
      [...lines].map(([, key, value]) => [key, value]),
    );
  }
}

async function pack(folder, name, sources, entries) {
  const data = entries.map(([key, value]) => `  ${key}: ${Buffer.from(value).toString('base64')}\n`);
  const head = `# Written by make-secrets.mjs from ${sources.join(', ')}.\n`;
  const object = `apiVersion: v1\nkind: Secret\nmetadata:\n  name: ${name}\ndata:\n`;
  await writeFile(join(folder, `${name}.yaml`), head + object + data.join(''), { mode: 0o600 });
}

/** @param known passwords that are in use, by the names of {@link passwordsIn}; the others are new. */
function files(prefix, known = {}) {
  const passwords = Object.fromEntries(
    [...userNames, PEERS, CLIENT].map((name) => [name, known[name] ?? randomBytes(32).toString('base64url')]),
  );
  const keys = nextKeys();
  const retention = Object.entries(RETENTION).map(([name, value]) => `${name}=${value}\n`);
  const { [PEERS]: peers, [CLIENT]: client } = passwords;
  const isOpen = process.env.SENTINELS_OPEN === 'true';
  const service = (name) => `REDIS_PASSWORD=${passwords[name]}\n`;
  return {
    'auth.env': `${service('auth')}AUTH_PRIVATE_KEYS=${keys.AUTH_PRIVATE_KEYS}\n`,
    'users.env': service('users'),
    // No secret, but the one place that is written for a new installation only; ConfigMap channels-settings overrides it.
    'channels.env': service('channels') + retention.join(''),
    'gateway.env': `${service('gateway')}AUTH_PUBLIC_KEYS=${keys.AUTH_PUBLIC_KEYS}\n`,
    'operator.env': service(OPERATOR),
    'admin.env': `REDISCLI_AUTH=${passwords.admin}\n`,
    'cluster.env': `REDISCLI_AUTH=${passwords.cluster}\n`,
    'users.acl': aclLines(prefix, passwords) + otherUsers(passwords),
    'replication.conf': `masteruser replica\nmasterauth ${passwords.replica}\n`,
    'sentinel.conf': sentinelCredentials('parley', passwords.sentinel, peers),
    'sentinel-users.acl': sentinelAclLines({ sentinel: peers, client }, isOpen),
    'sentinel-client': client,
    'sentinels.env': `REDIS_SENTINELS_PASSWORD=${client}\n`,
  };
}

function otherUsers(passwords) {
  const lines = Object.entries(others).map(([name, rules]) => {
    const password = rules.startsWith('nopass') ? '' : `${aclPassword(passwords[name])} `;
    return `user ${name} on ${password}${rules}`;
  });
  return `${lines.join('\n')}\n`;
}
