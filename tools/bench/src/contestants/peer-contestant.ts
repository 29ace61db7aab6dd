import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { freePort } from '@parley/local-stack';
import { startRedis } from '@parley/testing';
import { endChild } from './child.js';
import { type Contestant, GATEWAYS, type RunningContestant, type Wire } from './contestant.js';

interface Peer {
  id: string;
  label: string;
  wire: Wire;
  /** Its module in `tools/bench/peers`, without the extension. */
  module: string;
  variant?: string;
  /** The path of its WebSockets. */
  path: string;
}

const HOST = '127.0.0.1';

/** A peer server: two processes, and a Redis that writes nothing to disk because peers store nothing. */
export function peer(description: Peer): Contestant {
  const { id, label, wire } = description;
  return { id, label, wire, start: () => startPeer(description) };
}

async function startPeer({ wire, module, variant, path }: Peer): Promise<RunningContestant> {
  const redis = await startRedis();
  const ports = await Promise.all(Array.from({ length: GATEWAYS }, freePort));
  const children = ports.map((port) => startProcess(module, [HOST, String(port), redis.url, variant ?? '']));
  const stop = async () => {
    await Promise.all(children.map(endChild));
    await redis.remove();
  };
  try {
    await Promise.all(children.map(untilReady));
  } catch (error) {
    await stop();
    throw error;
  }
  const pids = () => children.map(({ pid }) => pid!);
  return {
    wire,
    urls: ports.map((port) => `ws://${HOST}:${port}${path}`),
    gateways: pids,
    servers: pids,
    redisPid: () => redis.pid,
    redisUrl: redis.url,
    stop,
  };
}

function startProcess(module: string, args: string[]): ChildProcess {
  const file = fileURLToPath(new URL(`../peers/${module}.js`, import.meta.url));
  return fork(file, args, { env: { PATH: process.env.PATH, NODE_ENV: 'production' }, execArgv: [] });
}

async function untilReady(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit').then(() => {
    throw new Error(`${child.spawnfile} ${child.spawnargs.join(' ')} ended before it was ready`);
  });
  await Promise.race([once(child, 'message'), ended]);
}
