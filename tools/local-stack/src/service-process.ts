import { type ChildProcess, fork } from 'node:child_process';
import cluster from 'node:cluster';
import { followOutput } from './child-output.js';
import { endOf, type Launched, readyUnlessEnded } from './launched.js';
import { untilReady } from './readiness-probe.js';

/** How to run one process of a service. */
export interface ServiceRecipe {
  /** The module it runs. */
  entry: string;
  /** The options for Node. */
  nodeOptions: readonly string[];
  /** Its whole environment. It sees nothing else of ours. */
  environment: Record<string, string>;
  /** Whether it shares its listening port with the other processes of a node:cluster (Node 20 offers no other way). */
  sharesPort: boolean;
  /** The address at which this machine can reach it. */
  host: string;
  /** Called when it listens, with the port of its metrics. A version without one reports none. */
  onMetrics: (port: number) => void;
  /** Receives all that it writes, as it is. */
  output: (bytes: Buffer) => void;
  show: (line: string) => void;
  /** Shows everything that it logs, not only warnings and errors. */
  verbose: boolean;
}

/** Until it listens. A first start may load every module from a cold disk on a busy machine. */
const listenTimeoutMs = 60_000;

/**
 * Starts a process of a service. It is ready when it has reported over IPC where it listens (`{type: 'listening',
 * port, metricsPort}`) and `GET /health/ready` answers 200 there. A process that listens may take any time for that: it waits for Redis,
 * and a restart would not help.
 *
 * A Ctrl-C reaches the children too, because they are in the terminal's process group. A child with a parent on IPC
 * ignores it and lets the parent end the processes in order. If this process dies, even by SIGKILL, the lost IPC
 * channel tells the children to end.
 */
export function launchService(recipe: ServiceRecipe): Launched {
  const child = recipe.sharesPort ? forkInCluster(recipe) : forkAlone(recipe);
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', recipe.output);
  const output = followOutput(child, recipe.show, recipe.verbose);
  const ended = endOf(child);
  const abort = new AbortController();
  const ready = readyUnlessEnded(listening(child), ended, listenTimeoutMs)
    .then(({ port, metricsPort }) => {
      if (metricsPort !== undefined) recipe.onMetrics(metricsPort);
      return readyUnlessEnded(untilReady({ host: recipe.host, port }, abort.signal), ended);
    })
    .then(() => output.showComplaints())
    .finally(() => abort.abort());
  return {
    pid: child.pid,
    ready,
    ended,
    lastWords: output.lastWords,
    signal: (name) => void child.kill(name),
  };
}

function forkAlone({ entry, environment, nodeOptions }: ServiceRecipe): ChildProcess {
  return fork(entry, [], { env: environment, execArgv: [...nodeOptions], silent: true });
}

function forkInCluster({ entry, environment, nodeOptions }: ServiceRecipe): ChildProcess {
  // These settings apply to the forks that follow. Each fork sets its own.
  cluster.setupPrimary({ exec: entry, args: [], execArgv: [...nodeOptions], silent: true });
  // node:cluster adds our whole environment to a worker's, but leaves out a variable that is undefined there.
  const none = Object.fromEntries(Object.keys(process.env).map((name) => [name, undefined]));
  return cluster.fork({ ...none, ...environment }).process;
}

/** The ports that a process reports. */
interface Ports {
  port: number;
  metricsPort: number | undefined;
}

function listening(child: ChildProcess): Promise<Ports> {
  return new Promise((resolve) => {
    child.on('message', (message: { type?: unknown; port?: unknown; metricsPort?: unknown } | null) => {
      if (message?.type !== 'listening' || typeof message.port !== 'number') return;
      const { port, metricsPort } = message;
      resolve({ port, metricsPort: typeof metricsPort === 'number' ? metricsPort : undefined });
    });
  });
}
