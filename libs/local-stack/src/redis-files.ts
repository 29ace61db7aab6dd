import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aclUsers, REDIS_USERS } from '@parley/redis';
import type { Secrets } from './secrets.js';

/** Writes redis.conf and the ACL file into `folder` and returns the path of the first. */
export async function writeRedisFiles(
  folder: string,
  options: { port: number; prefix: string; passwords: Secrets['passwords'] },
): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const aclFile = join(folder, 'users.acl');
  const configuration = join(folder, 'redis.conf');
  await writeFile(aclFile, aclLines(options.prefix, options.passwords), { mode: 0o600 });
  await writeFile(configuration, configurationLines(folder, aclFile, options.port), { mode: 0o600 });
  return configuration;
}

/** The port of the Redis that this folder was last used by; undefined when it never was. */
export async function lastPort(folder: string): Promise<number | undefined> {
  const configuration = join(folder, 'redis.conf');
  if (!existsSync(configuration)) return undefined;
  const port = /^port (\d+)$/m.exec(await readFile(configuration, 'utf8'))?.[1];
  return port === undefined ? undefined : Number(port);
}

function configurationLines(folder: string, aclFile: string, port: number): string {
  const lines = [
    '# Generated at each start.',
    'bind 127.0.0.1',
    `port ${port}`,
    `dir ${quoted(folder)}`,
    `aclfile ${quoted(aclFile)}`,
    // Every write is in the file within a second, so snapshots besides it would only cost memory and disk.
    'appendonly yes',
    'appendfsync everysec',
    'save ""',
    // A full Redis refuses to store; it never throws away what it acknowledged.
    'maxmemory-policy noeviction',
  ];
  return `${lines.join('\n')}\n`;
}

/** A password as an ACL rule has it. */
export const aclPassword = (password: string) => `#${createHash('sha256').update(password).digest('hex')}`;

/** Redis's quoting knows the escapes of JSON that a path may need. */
const quoted = (text: string) => JSON.stringify(text);

/** The ACL file of a Redis for these services: each one's user, and an admin. Passwords are hashed in it. */
export function aclLines(prefix: string, passwords: Secrets['passwords']): string {
  const rules = aclUsers(prefix);
  const lines = [
    // Off: nobody connects as this user. But Redis replays its AOF as it (redis/redis #14541), and without rights it skips,
    // silently, each MULTI … EXEC of the file: what every script with more than one write leaves there.
    'user default off ~* &* +@all',
    `user admin on ${aclPassword(passwords.admin)} ~* &* +@all`,
    ...REDIS_USERS.map((user) => `user ${user} on ${aclPassword(passwords[user])} ${rules[user].join(' ')}`),
  ];
  return `${lines.join('\n')}\n`;
}
