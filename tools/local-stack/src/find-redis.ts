import { fileURLToPath } from 'node:url';
import { unpackDebianRedis } from './debian-redis.js';
import { containerProgram } from './redis-container.js';
import type { RedisProgram } from './redis-program.js';
import { onPath, runCommand } from './run-command.js';
import { StartError } from './start-error.js';

/** The folder under the workspace's root that keeps fetched files. */
export const defaultCacheFolder = fileURLToPath(new URL('../../../.cache/redis', import.meta.url));

/**
 * Finds a Redis server: `redis-server` or `valkey-server` on PATH, then one unpacked without root rights from
 * Debian's packages into `cacheFolder`, then a container. Throws a StartError that says what to do when there is
 * none.
 */
export async function findRedisProgram(
  progress: (line: string) => void = () => {},
  cacheFolder: string = defaultCacheFolder,
): Promise<RedisProgram> {
  const installed = onPath('redis-server') ?? onPath('valkey-server');
  if (installed) return hostProgram(installed, installed);
  const faults: string[] = [];
  for (const find of [() => debianProgram(cacheFolder, progress), () => containerProgram(progress)]) {
    try {
      return await find();
    } catch (error) {
      faults.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new StartError(
    `No Redis found. Install redis-server (or valkey-server), or set REDIS_URL. Tried: ${faults.join('; ')}.`,
  );
}

async function debianProgram(cacheFolder: string, progress: (line: string) => void): Promise<RedisProgram> {
  const { file, libraryPath } = await unpackDebianRedis(cacheFolder, progress);
  return hostProgram(file, "redis-server of Debian's packages", { LD_LIBRARY_PATH: libraryPath });
}

async function hostProgram(file: string, origin: string, env: NodeJS.ProcessEnv = {}): Promise<RedisProgram> {
  const prefix = await parentBinding();
  const [first, ...rest] = [...prefix, file];
  return {
    origin,
    command: ({ args }) => ({
      file: first!,
      args: [...rest, ...args],
      env: { PATH: process.env.PATH, ...env },
    }),
  };
}

/**
 * On Linux the server ends when this process dies, even by SIGKILL (prctl PR_SET_PDEATHSIG, through util-linux's
 * setpriv, which then becomes the server under the same pid). Elsewhere the next start ends what was left.
 */
async function parentBinding(): Promise<string[]> {
  const setpriv = process.platform === 'linux' ? onPath('setpriv') : undefined;
  if (!setpriv) return [];
  const binding = [setpriv, '--pdeathsig', 'TERM'];
  // BusyBox has a setpriv without this option.
  const works = await runCommand(setpriv, [...binding.slice(1), 'true'], { timeoutMs: 10_000 }).then(
    () => true,
    () => false,
  );
  return works ? binding : [];
}
