import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CHEAP_HASHING, type Stack, startStack } from '@parley/local-stack';
import { Redis } from 'ioredis';
import { Probes } from '../probe/probes.js';
import { Churn, makeUsers, type SoakUser, signAllOut } from './churn.js';
import { type KeyKinds, keysByPattern, type Sample, takeSample } from './sample.js';
import type { SoakResult } from './soak-result.js';
import { grownKeys, middleOf } from './verdict.js';

export interface SoakOptions {
  readonly hours: number;
  readonly report: (line: string) => void;
}

const USERS = 40;
const AT_ONCE = 60;
const SAMPLES = 150;
const LEAST_SAMPLE_MS = 5_000;
const KILL_EVERY_MS = 40_000;
/** The shares of the whole time: warming up before the first look, and as much after the last kill. */
const WARMING_SHARE = 0.2;
const SETTLING_SHARE = 0.05;
/** Leases, generations of remembered ids and what else expires needs this long. */
const LONGEST_SETTLING_MS = 200_000;
/** With nobody there, so many looks are taken, and the middle one of each figure counts: a timer may just be running. */
const LOOKS = 5;
const BETWEEN_LOOKS_MS = 1_300;

/** Two replicas of everything. What is kept for long is bounded within minutes: the soak shows what is not. */
const SETTINGS = {
  ...CHEAP_HASHING,
  GATEWAY_WORKERS: '2',
  AUTH_REPLICAS: '2',
  USERS_REPLICAS: '2',
  CHANNELS_REPLICAS: '2',
  PORT: '0',
  DRAIN_SECONDS: '1',
  MESSAGES_PER_CHANNEL: '20',
  INBOX_ITEMS: '20',
  SESSIONS_PER_USER: '5',
  CLIENT_UUID_TTL_SECONDS: '60',
  SIGN_IN_WINDOW_SECONDS: '60',
  USER_STORED_BYTES_PER_SECOND: '0',
  LOG_LEVEL: 'error',
};

/** A chat whose clients come and go and whose processes are killed, for hours. */
export class SoakRun {
  private readonly began = performance.now();
  private readonly redis: Redis;
  private readonly samples: Sample[] = [];
  private readonly totals = { connections: 0, frames: 0, failures: 0 };
  private users: SoakUser[] = [];
  private kills = 0;

  private constructor(
    private readonly options: SoakOptions,
    private readonly stack: Stack,
    private readonly probes: Probes,
  ) {
    this.redis = new Redis(stack.redisUrl!);
  }

  static async execute(options: SoakOptions): Promise<SoakResult> {
    const folder = await mkdtemp(join(tmpdir(), 'parley-soak-'));
    const probes = new Probes(folder);
    const stack = await startStack({
      settings: { ...SETTINGS, DATA_DIR: folder },
      gatewayPorts: 'separate',
      environmentOf: probes.environmentOf,
    });
    const run = new SoakRun(options, stack, probes);
    try {
      return await run.soak();
    } finally {
      run.redis.disconnect();
      await stack.stop();
      await rm(folder, { recursive: true, force: true });
    }
  }

  private async soak(): Promise<SoakResult> {
    const { hours } = this.options;
    const wholeMs = hours * 3_600_000;
    const warmingMs = wholeMs * WARMING_SHARE;
    this.users = await makeUsers(this.stack.url, USERS);
    await this.churnFor(warmingMs, false);
    const warm = await this.settled(wholeMs);
    const before: KeyKinds = await keysByPattern(this.redis);
    await this.churnFor(wholeMs - 2 * warmingMs, true);
    await this.churnFor(warmingMs, false);
    const end = await this.settled(wholeMs);
    const grown = grownKeys(before, await keysByPattern(this.redis));
    const { samples, totals: counts, kills } = this;
    return { hours, warm, end, samples, counts, kills, grownKeys: grown };
  }

  /** Clients come and go, and processes are killed where that is wanted. */
  private async churnFor(ms: number, kills: boolean): Promise<void> {
    const until = performance.now() + ms;
    const churn = new Churn(
      this.stack.gateways.map(({ url }) => url),
      this.users,
      AT_ONCE,
    );
    const killing = kills ? this.killUntil(until) : undefined;
    const everyMs = Math.max(LEAST_SAMPLE_MS, (this.options.hours * 3_600_000) / SAMPLES);
    while (performance.now() < until) {
      await delay(Math.min(everyMs, Math.max(0, until - performance.now())));
      await this.look();
    }
    await killing;
    await churn.end();
    for (const name of ['connections', 'frames', 'failures'] as const)
      this.totals[name] += churn.counts[name];
    this.options.report(
      `${this.seconds()} s: ${this.totals.connections} connections, ${this.totals.frames} frames, ${this.kills} kills`,
    );
  }

  /** One process of a kind at a time: another one does its work meanwhile. */
  private async killUntil(until: number): Promise<void> {
    const names = this.stack.processes().flatMap(({ name }) => (name === 'redis' ? [] : [name]));
    for (let n = 0; performance.now() + KILL_EVERY_MS < until; n += 1) {
      await delay(KILL_EVERY_MS);
      // The round of all processes comes once with each signal.
      const signal = Math.floor(n / names.length) % 2 === 0 ? 'SIGKILL' : 'SIGTERM';
      this.stack.kill(names[n % names.length]!, signal);
      this.kills += 1;
    }
  }

  /** Nobody is there, and what expires has expired. */
  private async settled(wholeMs: number): Promise<Sample> {
    await signAllOut(this.stack.url, this.users);
    await delay(Math.min(LONGEST_SETTLING_MS, wholeMs * SETTLING_SHARE));
    const looks: Sample[] = [];
    while (looks.length < LOOKS) {
      looks.push(await this.look());
      await delay(BETWEEN_LOOKS_MS);
    }
    return middleOf(looks);
  }

  private async look(): Promise<Sample> {
    const sample = await takeSample(this.stack, this.probes, this.redis, this.seconds());
    this.samples.push(sample);
    return sample;
  }

  private seconds(): number {
    return Math.round((performance.now() - this.began) / 1_000);
  }
}
