import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { endOf, type Launched, readyUnlessEnded } from './launched.js';
import type { RedisCommand, RedisProgram } from './redis-program.js';

export interface RedisServerOptions {
  program: RedisProgram;
  /** Where it keeps its files. The folder must exist. */
  folder: string;
  /** It listens on this port of 127.0.0.1. */
  port: number;
  /** Further arguments for redis-server: the path of a configuration file, then `--name value …`. */
  args?: string[];
  /** How long loading its data may take, in ms; by default any time. */
  readyTimeoutMs?: number;
  /** Receives all that it writes, as it is. */
  output?: (bytes: Buffer) => void;
}

/** One of our Redis server processes, accepting connections. */
export interface RedisServer {
  readonly pid: number;
  readonly port: number;
  /** Ends it in order (SIGTERM: Redis saves its data), with SIGKILL after 5 s. Resolves when it has ended. */
  stop(): Promise<void>;
  /** Ends it with SIGKILL, as a crash would. Resolves when it has ended. */
  kill(): Promise<void>;
  /** Sends any other signal, such as SIGSTOP and SIGCONT. */
  signal(name: NodeJS.Signals): void;
}

const stopTimeoutMs = 5_000;
/** How long a server without much data may take. */
const emptyReadyMs = 60_000;

/**
 * Starts a Redis server and resolves when it accepts connections. Rejects with its last words when it ends before
 * that, or after a minute unless `readyTimeoutMs` says otherwise.
 */
export async function startRedisServer(options: RedisServerOptions): Promise<RedisServer> {
  const launched = launchRedisServer({ readyTimeoutMs: emptyReadyMs, ...options });
  const kill = async () => {
    launched.signal('SIGKILL');
    await launched.ended;
  };
  try {
    await launched.ready;
  } catch (error) {
    await kill();
    throw new Error(`Redis ${(error as Error).message}: ${launched.lastWords()}`);
  }
  const stop = async () => {
    launched.signal('SIGTERM');
    const timer = setTimeout(() => void kill(), stopTimeoutMs);
    await launched.ended;
    clearTimeout(timer);
  };
  return { pid: launched.pid!, port: options.port, stop, kill, signal: launched.signal };
}

/** Servers, replicas and cluster nodes print the first when their data is loaded. A Sentinel prints the second. */
const readyLine = /Ready to accept connections|Sentinel ID is/;
/** "pid:role day month year time level " before each line. */
const linePrefix = /^\d+:\w \d+ \w+ \d+ [\d:.]+ [*#.-] /;

/** Starts a Redis server process in the foreground. */
export function launchRedisServer(options: RedisServerOptions): Launched {
  const { program, folder, port, args = [], readyTimeoutMs } = options;
  const command = program.command({ folder, port, args });
  const child = spawn(command.file, command.args, {
    cwd: folder,
    env: command.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    // In a session of its own, so that a Ctrl-C reaches the server after its clients have ended, not with them.
    detached: true,
  });
  if (options.output) for (const stream of [child.stdout!, child.stderr!]) stream.on('data', options.output);
  const ended = endOf(child);
  const { said, lastLines } = listen(child, readyLine);
  return {
    pid: child.pid,
    ended,
    ready: readyUnlessEnded(said, ended, readyTimeoutMs),
    lastWords: () => lastLines.join(' | '),
    signal: (name) => signal(child, command, name),
  };
}

function signal(child: ChildProcess, { forceStop }: RedisCommand, name: NodeJS.Signals): void {
  if (child.exitCode !== null || child.signalCode !== null) return;
  // Docker's client forwards every signal except SIGKILL, and exits when its container does.
  if (name === 'SIGKILL' && forceStop) void forceStop().catch(() => child.kill('SIGKILL'));
  else child.kill(name);
}

/** Reads all output of the server to its end, because a full pipe would stop it. */
function listen(child: ChildProcess, wanted: RegExp): { said: Promise<void>; lastLines: string[] } {
  const lastLines: string[] = [];
  const said = new Promise<void>((resolve) => {
    for (const stream of [child.stdout!, child.stderr!]) {
      createInterface({ input: stream }).on('line', (line) => {
        if (wanted.test(line)) resolve();
        if (lastLines.push(line.replace(linePrefix, '')) > 3) lastLines.shift();
      });
    }
  });
  return { said, lastLines };
}
