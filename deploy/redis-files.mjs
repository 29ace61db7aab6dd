// Writes what Redis reads of its users: node redis-files.mjs <folder>. Passwords come from the environment.
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aclUsers, REDIS_USERS } from '@parley/redis';

const prefix = process.env.REDIS_PREFIX || 'chat';

/** Users beside those of the services, with what each may do. */
const others = {
  // Redis replays its append-only file as this user: off for clients, but never without rights (redis/redis #14541).
  default: 'off ~* &* +@all',
  admin: `on ${hashed('admin')} ~* &* +@all`,
  // A replica at its master.
  replication: `on ${hashed('replication')} -@all +psync +replconf +ping`,
  // Redis's documentation, "High availability with Redis Sentinel", the section on ACLs.
  sentinel: `on ${hashed('sentinel')} allchannels -@all +multi +slaveof +ping +exec +subscribe +config|rewrite +role +publish +info +client|setname +client|kill +script|kill`,
};

function password(user) {
  const name = `REDIS_${user.toUpperCase()}_PASSWORD`;
  const value = process.env[name];
  if (!value) {
    console.error(`${name} is not set`);
    process.exit(1);
  }
  return value;
}

function hashed(user) {
  return `#${createHash('sha256').update(password(user)).digest('hex')}`;
}

const rules = aclUsers(prefix);
const services = REDIS_USERS.map((user) => `user ${user} on ${hashed(user)} ${rules[user].join(' ')}`);
const lines = [...Object.entries(others).map(([user, rest]) => `user ${user} ${rest}`), ...services];
const replication = ['masteruser replication', `masterauth ${password('replication')}`];

const folder = process.argv[2];
await writeFile(join(folder, 'users.acl'), `${lines.join('\n')}\n`);
await writeFile(join(folder, 'replication.conf'), `${replication.join('\n')}\n`);
