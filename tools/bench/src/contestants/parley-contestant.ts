import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStack } from '@parley/local-stack';
import { type Contestant, GATEWAYS, type RunningContestant } from './contestant.js';

/**
 * Thousands of accounts are created before anything is measured. Hashing their passwords as weakly as auth allows keeps that
 * short. The defaults apply when hashing itself is measured.
 */
const QUICK_SIGN_UP = {
  ARGON2_MEMORY_KIB: '1024',
  ARGON2_ITERATIONS: '1',
  HASHINGS_WAITING: '100000',
};

/** Lets one address sign up, and one user post, as much as many clients do. What is stored is counted as in production. */
const ONE_ADDRESS = {
  SIGN_UPS_PER_ADDRESS: '0',
  FRAMES_PER_SECOND: '0',
  BYTES_PER_SECOND: '0',
  USER_STORED_BYTES_PER_SECOND: String(2 ** 30),
};

interface Variant {
  id: string;
  label: string;
  settings?: Record<string, string>;
  /** Passwords are hashed as in production. */
  fullHashing?: boolean;
}

/** Parley: two gateways, one replica of each service, Redis with its append-only file. */
export function parley({ id, label, settings, fullHashing }: Variant): Contestant {
  const start = () => startParley({ ...ONE_ADDRESS, ...(fullHashing ? {} : QUICK_SIGN_UP), ...settings });
  return { id, label, wire: 'parley', start };
}

async function startParley(settings: Record<string, string>): Promise<RunningContestant> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-bench-'));
  const stack = await startStack({
    settings: {
      PATH: process.env.PATH,
      HOST: '127.0.0.1',
      PORT: '0',
      DATA_DIR: folder,
      GATEWAY_WORKERS: String(GATEWAYS),
      LOG_LEVEL: 'warn',
      ...settings,
    },
    gatewayPorts: 'separate',
    report: (line) => /\b(warn|error|ended)\b/.test(line) && console.error(`parley: ${line}`),
  });
  const pids = (wanted: (name: string) => boolean) =>
    stack
      .processes()
      .filter(({ name }) => wanted(name))
      .map(({ pid }) => pid);
  return {
    wire: 'parley',
    urls: stack.gateways.map(({ url }) => url),
    gateways: () => pids((name) => name.startsWith('gateway')),
    servers: () => pids((name) => name !== 'redis'),
    redisPid: () => pids((name) => name === 'redis')[0]!,
    redisUrl: stack.redisUrl!,
    stop: async () => {
      await stack.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
