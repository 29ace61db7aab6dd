import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aclLines } from '@parley/redis';
import { LAZY_FREE } from './lazy-free.js';
import type { Secrets } from './secrets.js';

/** Writes redis.conf and the ACL file into `folder`. @returns the path of redis.conf. */
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

/** The port of the Redis that last used this folder, or undefined when none has. */
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
    // Every write reaches the file within a second, so snapshots would only add memory and disk use.
    'appendonly yes',
    'appendfsync everysec',
    'save ""',
    // Rewriting the file uses a whole core for a moment. With the default of 64 MB, a loaded file would double within
    // seconds and be rewritten again and again.
    'auto-aof-rewrite-min-size 256mb',
    // A full Redis refuses to store. It never discards what it acknowledged.
    'maxmemory-policy noeviction',
    ...LAZY_FREE,
  ];
  return `${lines.join('\n')}\n`;
}

/** Redis understands the JSON escapes that a path may need. */
const quoted = (text: string) => JSON.stringify(text);
