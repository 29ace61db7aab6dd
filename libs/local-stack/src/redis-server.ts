import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { RedisProgram } from './redis-program.js';

export interface RedisServerOptions {
  program: RedisProgram;
  /** Where it keeps its files; must exist. */
  folder: string;
  /** It listens on this port of 127.0.0.1. */
  port: number;
  /** Further arguments of redis-server, `--name value …`, or first the path of a configuration file. */
  args?: string[];
  /** How long it may load its data, in ms. */
  readyTimeoutMs?: number;
}

/** A Redis server process of ours. */
export interface RedisServer {
  readonly pid: number;
  readonly port: number;
  /** Settles when the process has ended, by whatever reason. */
  readonly ended: Promise<void>;
  /** Orderly end (SIGTERM: Redis writes what it has); SIGKILL after `timeoutMs`. Resolves when it has ended. */
  stop(timeoutMs?: number): Promise<void>;
  /** Ends it with SIGKILL, as a crash would. Resolves when it has ended. */
  kill(): Promise<void>;
  /** Sends any other signal, such as SIGSTOP and SIGCONT. */
  signal(name: NodeJS.Signals): void;
}

/** A server, a replica and a cluster's node say the first when their data is loaded; a sentinel says the second. */
const readyLine = /Ready to accept connections|Sentinel ID is/;

/** Starts a Redis server and resolves when it accepts connections. Rejects with its last words when it ends before. */
export async function startRedisServer(options: RedisServerOptions): Promise<RedisServer> {
  const { program, folder, port, args = [], readyTimeoutMs = 60_000 } = options;
  const command = program.command({ folder, port, args });
  const child = spawn(command.file, command.args, {
    cwd: folder,
    env: command.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    // In a session of its own: a Ctrl-C must reach the server after its clients have ended, not with them.
    detached: true,
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const kill = async () => {
    await command.forceStop?.().catch(() => undefined); // the container may have gone already
    child.kill('SIGKILL');
    await ended;
  };
  await untilReady(child, readyTimeoutMs).catch(async (error) => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) await kill();
    throw error;
  });
  return {
    pid: child.pid!,
    port,
    ended,
    kill,
    stop: stopper(child, ended, kill),
    signal: (name) => child.kill(name),
  };
}

function stopper(child: ChildProcess, ended: Promise<void>, kill: () => Promise<void>) {
  return async (timeoutMs = 5_000) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    const timer = setTimeout(() => void kill(), timeoutMs);
    await ended;
    clearTimeout(timer);
  };
}

/** Also keeps reading what the server writes afterwards: a full pipe would stop it. */
async function untilReady(child: ChildProcess, timeoutMs: number): Promise<void> {
  const lastLines: string[] = [];
  const abort = new AbortController();
  const fail = (reason: string) => new Error([reason, ...lastLines].join(' | '));
  const ready = new Promise<void>((resolve) => {
    for (const stream of [child.stdout!, child.stderr!]) {
      createInterface({ input: stream }).on('line', (line) => {
        if (readyLine.test(line)) resolve();
        if (lastLines.push(line.replace(/^\d+:\w \d+ \w+ \d+ [\d:.]+ [*#.-] /, '')) > 3) lastLines.shift();
      });
    }
  });
  const died = once(child, 'close', { signal: abort.signal }).then(([code, signal]) => {
    throw fail(`the Redis server ended (${signal ?? `exit code ${code}`})`);
  });
  const late = new Promise<never>((_, reject) => {
    const timer = setTimeout(
      () => reject(fail(`the Redis server was not ready in ${timeoutMs} ms`)),
      timeoutMs,
    );
    abort.signal.addEventListener('abort', () => clearTimeout(timer));
  });
  await Promise.race([ready, died, late]).finally(() => {
    abort.abort();
    died.catch(() => undefined); // aborted on purpose
  });
}
