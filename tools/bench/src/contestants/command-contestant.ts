import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { freePort } from '@parley/local-stack';
import { runningProcesses } from '@parley/proc';
import { eventually, startRedis } from '@parley/testing';
import { type Contestant, GATEWAYS, type RunningContestant } from './contestant.js';
import type { CommandPeer } from './peer-option.js';

const HOST = '127.0.0.1';
/** How long a server may take until its port is open. */
const START_MS = 60_000;

/**
 * A server that a command starts: as many processes as the others have, each on its own port, and a Redis that writes nothing
 * to disk. The command runs in a shell, once for each process, and finds its place in the environment: HOST, PORT, REDIS_URL,
 * REPLICAS (how many there are) and REPLICA (its number, from 1). It is ready when its port is open, and ends by SIGKILL.
 */
export function commandContestant(peer: CommandPeer): Contestant {
  return { id: peer.id, label: peer.id, wire: peer.wire, start: () => startCommand(peer) };
}

async function startCommand(peer: CommandPeer): Promise<RunningContestant> {
  const redis = await startRedis();
  const ports = await Promise.all(Array.from({ length: GATEWAYS }, freePort));
  const children = ports.map((port, at) => startProcess(peer, port, at + 1, redis.url));
  const pids = () => withDescendants(children.map(({ pid }) => pid!));
  const stop = async () => {
    await end(children, pids());
    await redis.remove();
  };
  try {
    await Promise.all(children.map((child, at) => untilOpen(peer, child, ports[at]!)));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    wire: peer.wire,
    urls: ports.map((port) => `ws://${HOST}:${port}${peer.path}`),
    gateways: pids,
    servers: pids,
    redisPid: () => redis.pid,
    redisUrl: redis.url,
    stop,
  };
}

function startProcess(
  { command }: CommandPeer,
  port: number,
  replica: number,
  redisUrl: string,
): ChildProcess {
  const place = { HOST, PORT: String(port), REDIS_URL: redisUrl };
  const env = { ...process.env, ...place, REPLICAS: String(GATEWAYS), REPLICA: String(replica) };
  return spawn(command, { shell: true, stdio: ['ignore', 'ignore', 'inherit'], env });
}

/** Resolves when the port accepts connections. Rejects when the process ends before that. */
async function untilOpen({ id, command }: CommandPeer, child: ChildProcess, port: number): Promise<void> {
  await eventually(
    async () => {
      if (child.exitCode !== null || child.signalCode !== null) return { ended: true };
      const socket = connect(port, HOST);
      await once(socket, 'connect').finally(() => socket.destroy());
      return { ended: false };
    },
    { timeoutMs: START_MS, everyMs: 50 },
  ).then(
    ({ ended }) => {
      if (ended) throw new Error(`${id} ended before its port was open: ${command}`);
    },
    (error) => {
      throw new Error(`${id} did not open port ${port} in ${START_MS / 1_000} s`, { cause: error });
    },
  );
}

/** These processes and all that they have started. */
export function withDescendants(pids: readonly number[]): number[] {
  const all = runningProcesses();
  const found = new Set(pids.filter((pid) => all.some((each) => each.pid === pid)));
  // A set's iteration reaches what is added meanwhile.
  for (const pid of found) {
    for (const each of all) if (each.parent === pid) found.add(each.pid);
  }
  return [...found];
}

async function end(children: readonly ChildProcess[], pids: readonly number[]): Promise<void> {
  const ended = children
    .filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)
    .map((child) => once(child, 'exit'));
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has already ended.
    }
  }
  await Promise.all(ended);
}
