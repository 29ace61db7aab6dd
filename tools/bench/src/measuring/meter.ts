import { processStat } from '@parley/proc';
import { Redis } from 'ioredis';
import type { RunningContestant } from '../contestants/contestant.js';

/** What a contestant used between two readings. */
export interface Usage {
  /** CPU time of the processes that hold sockets, in µs. */
  gatewayUs: number;
  /** CPU time of all server processes except Redis, in µs. */
  serverUs: number;
  redisUs: number;
  /** How often Redis ran each command, including those in scripts. */
  redisCalls: Record<string, number>;
  /** How often Redis read from a socket: commands sent together count once. */
  redisReads: number;
  /** Bytes that Redis received and sent. */
  redisBytes: number;
}

interface Reading {
  gateways: number;
  servers: number;
  redis: number;
  calls: Record<string, number>;
  reads: number;
  bytes: number;
}

/** Commands of the meter itself. */
const OWN_COMMANDS = new Set(['info', 'hello', 'auth', 'client|setinfo', 'select']);

/** Reads what a contestant uses, from /proc and Redis's statistics. */
export class Meter {
  private readonly redis: Redis;

  constructor(private readonly running: RunningContestant) {
    this.redis = new Redis(running.redisUrl);
  }

  /** Measures what is used while `work` runs. */
  async during<T>(work: () => Promise<T>): Promise<{ result: T; usage: Usage }> {
    const before = await this.read();
    const result = await work();
    return { result, usage: difference(before, await this.read()) };
  }

  async read(): Promise<Reading> {
    const [stats, commands] = [await this.redis.info('stats'), await this.redis.info('commandstats')];
    return {
      gateways: cpu(this.running.gateways()),
      servers: cpu(this.running.servers()),
      redis: processStat(this.running.redisPid()).cpuMs,
      calls: callsOf(commands),
      reads: statistic(stats, /^total_reads_processed:(\d+)/gm),
      bytes: statistic(stats, /^total_net_(?:input|output)_bytes:(\d+)/gm),
    };
  }

  end(): void {
    this.redis.disconnect();
  }
}

const cpu = (pids: number[]) => pids.reduce((sum, pid) => sum + processStat(pid).cpuMs, 0);

/** `cmdstat_xadd:calls=12,usec=…` → `xadd: 12`. */
export function callsOf(commandstats: string): Record<string, number> {
  const lines = [...commandstats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)];
  return Object.fromEntries(lines.map(([, name, calls]) => [name!, Number(calls)]));
}

/** The sum of the numbers that a pattern finds. */
function statistic(stats: string, pattern: RegExp): number {
  return [...stats.matchAll(pattern)].reduce((sum, [, count]) => sum + Number(count), 0);
}

export function difference(before: Reading, after: Reading): Usage {
  const calls = Object.entries(after.calls)
    .filter(([name]) => !OWN_COMMANDS.has(name))
    .map(([name, count]) => [name, count - (before.calls[name] ?? 0)] as const)
    .filter(([, count]) => count > 0);
  return {
    gatewayUs: (after.gateways - before.gateways) * 1_000,
    serverUs: (after.servers - before.servers) * 1_000,
    redisUs: (after.redis - before.redis) * 1_000,
    redisCalls: Object.fromEntries(calls),
    redisReads: after.reads - before.reads,
    redisBytes: after.bytes - before.bytes,
  };
}
