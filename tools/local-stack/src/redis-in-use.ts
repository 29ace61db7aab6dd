import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { connectRedis, type OPERATOR, type RedisUser } from '@parley/redis';
import { Redis } from 'ioredis';
import { findRedisProgram } from './find-redis.js';
import { freePort } from './free-port.js';
import type { Launched } from './launched.js';
import { lastPort, writeRedisFiles } from './redis-files.js';
import { launchRedisServer } from './redis-server.js';
import type { Secrets } from './secrets.js';
import type { StackSettings } from './settings.js';
import { StartError } from './start-error.js';

/** Long enough for a distant Redis, short enough for someone who mistyped its address. */
const reachTimeoutMs = 5_000;

/** A Redis of our own, ready to be launched. */
export interface OwnRedisPlan {
  origin: string;
  launch: (output: (bytes: Buffer) => void) => Launched;
  url(user: RedisUser | typeof OPERATOR | 'admin'): string;
}

/** Resolves when the Redis that the settings name answers; throws a StartError otherwise. */
export async function reachGivenRedis(settings: StackSettings): Promise<void> {
  const client = connectRedis(settings, { lazyConnect: true, connectTimeout: reachTimeoutMs });
  let reason = `no answer in ${reachTimeoutMs} ms`;
  client.on('error', (error) => {
    reason = error.message || String(error);
  });
  const timer = setTimeout(() => client.disconnect(), reachTimeoutMs);
  try {
    await client.ping();
  } catch (error) {
    const said = (error as Error).message;
    // When ioredis gives up connecting, it fails the command with its own message. The earlier event gives the reason.
    throw new StartError(
      `Cannot reach Redis (${nameOf(settings)}): ${/Connection is closed|max retries/i.test(said) ? reason : said}`,
    );
  } finally {
    clearTimeout(timer);
    client.disconnect();
  }
}

/** The setting and the address, without any password in a URL. */
function nameOf(settings: StackSettings): string {
  if (settings.REDIS_CLUSTER_NODES) return `REDIS_CLUSTER_NODES ${settings.REDIS_CLUSTER_NODES.join(',')}`;
  if (settings.REDIS_SENTINELS) return `REDIS_SENTINELS ${settings.REDIS_SENTINELS.join(',')}`;
  if (settings.REDIS_URL) return `REDIS_URL ${new URL(settings.REDIS_URL).host}`;
  return `REDIS_HOST ${settings.REDIS_HOST ?? ''}${settings.REDIS_ADDRESS ?? ''}`;
}

/**
 * Prepares a Redis of our own in the data folder, which the caller has locked. Ends one that an earlier start left
 * running.
 */
export async function planOwnRedis(
  settings: StackSettings,
  passwords: Secrets['passwords'],
  progress: (line: string) => void,
): Promise<OwnRedisPlan> {
  const program = await findRedisProgram(progress);
  const folder = join(settings.dataFolder, 'redis');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await endOrphan(folder, passwords.admin, progress);
  const port = await freePort();
  const configuration = await writeRedisFiles(folder, { port, prefix: settings.REDIS_PREFIX, passwords });
  return {
    origin: program.origin,
    launch: (output) => launchRedisServer({ program, folder, port, args: [configuration], output }),
    url: (user) => `redis://${user}:${passwords[user]}@127.0.0.1:${port}`,
  };
}

/**
 * A start that was ended by SIGKILL may have left its Redis running on these files. If a Redis on the port last used
 * by the folder accepts our password, it is that one. A pid would not prove it, because another process may have it
 * by now.
 */
async function endOrphan(folder: string, password: string, progress: (line: string) => void): Promise<void> {
  const port = await lastPort(folder);
  if (port === undefined) return;
  const login = {
    username: 'admin',
    password,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    lazyConnect: true,
  };
  const client = new Redis({ host: '127.0.0.1', port, connectTimeout: 1_000, ...login });
  client.on('error', () => {}); // nothing there, or something else: the port is no longer ours
  const ours = await client.ping().then(
    () => true,
    () => false,
  );
  // A client that never connected is already closed. Closing it again would hold this process for two seconds.
  if (!ours) return client.status === 'end' ? undefined : client.disconnect();
  progress('ending the Redis that an earlier start left running');
  const gone = new Promise((resolve) => client.once('end', resolve));
  await client.shutdown('NOSAVE').catch(() => undefined); // it answers by closing the connection
  await gone;
}
