import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  findRedisProgram,
  freePort,
  lazyFreeArgs,
  type RedisProgram,
  type RedisServer,
  startRedisServer,
} from '@parley/local-stack';

/** A Redis server process that belongs to one test, which may stop, kill, fill and reconfigure it. */
export interface OwnRedis {
  readonly url: string;
  readonly port: number;
  /** The pid of the running process. */
  readonly pid: number;
  /** Where it keeps its data. */
  readonly folder: string;
  /** Ends it in order. Its data stays for `restart`. */
  stop(): Promise<void>;
  /** Ends it with SIGKILL. Its data stays for `restart`. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data. If it still runs, it is ended in order first. */
  restart(): Promise<void>;
  /** Sends any other signal, such as SIGSTOP and SIGCONT to simulate a server that hangs. */
  signal(name: NodeJS.Signals): void;
  /** Ends it and deletes its data. Every test that starts one calls this at its end. */
  remove(): Promise<void>;
}

/**
 * Starts a redis-server with `args` on a free port. By default nothing is written to disk; with `['--appendonly',
 * 'yes']` its data survives `stop` and `kill`.
 * @param fileKibibytes how long each of its files may get, so that its disk is as good as full. Not in a container.
 */
export async function startRedis({
  args = [],
  fileKibibytes,
}: {
  args?: string[];
  fileKibibytes?: number;
} = {}): Promise<OwnRedis> {
  const argumentsFor = async ({ port, folder }: { port: number; folder: string }) => [
    ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''],
    ...lazyFreeArgs,
    ...args,
  ];
  return startWith(argumentsFor, fileKibibytes);
}

/** The program, of which no file gets longer. A write past that fails, as on a full disk. */
function limited(program: RedisProgram, fileKibibytes: number): RedisProgram {
  // The unit of a POSIX shell is 512 bytes. Unless the signal is ignored, it ends the process.
  const script = `trap '' XFSZ; ulimit -f ${2 * fileKibibytes}; exec "$@"`;
  return {
    origin: program.origin,
    command: (launch) => {
      const { file, args, env } = program.command(launch);
      return { file: 'sh', args: ['-c', script, 'sh', file, ...args], env };
    },
  };
}

/** Like `startRedis`, with all arguments given by the caller. */
export async function startWith(
  argumentsFor: (place: { port: number; folder: string }) => Promise<string[]>,
  fileKibibytes?: number,
): Promise<OwnRedis> {
  const found = await findRedisProgram();
  const program = fileKibibytes === undefined ? found : limited(found, fileKibibytes);
  const folder = await mkdtemp(join(tmpdir(), 'parley-redis-'));
  let args: string[] = [];
  const start = (port: number) => startRedisServer({ program, folder, port, args });
  let server: RedisServer = await onFreePort(async (port) => {
    args = await argumentsFor({ port, folder });
    return start(port);
  });
  return {
    url: `redis://127.0.0.1:${server.port}`,
    port: server.port,
    folder,
    get pid() {
      return server.pid;
    },
    stop: () => server.stop(),
    kill: () => server.kill(),
    signal: (name) => server.signal(name),
    restart: async () => {
      await server.stop();
      server = await start(server.port);
    },
    remove: async () => {
      await server.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Tries another port if a program takes the free one before the server listens on it. */
async function onFreePort(start: (port: number) => Promise<RedisServer>, tries = 3): Promise<RedisServer> {
  try {
    return await start(await freePort());
  } catch (error) {
    if (tries > 1 && /Address already in use/.test(String(error))) return onFreePort(start, tries - 1);
    throw error;
  }
}
