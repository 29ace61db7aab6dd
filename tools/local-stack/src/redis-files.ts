import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aclLines } from '@parley/redis';
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
    // Rewriting the file takes a core for a moment. From 64 MB on, the default, it would grow to twice the size within seconds under load.
    'auto-aof-rewrite-min-size 256mb',
    // A full Redis refuses to store; it never throws away what it acknowledged.
    'maxmemory-policy noeviction',
  ];
  return `${lines.join('\n')}\n`;
}

/** Redis's quoting knows the escapes of JSON that a path may need. */
const quoted = (text: string) => JSON.stringify(text);
