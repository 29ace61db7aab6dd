import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CHEAP_HASHING, type Stack, startStack } from '@parley/local-stack';
import { Redis } from 'ioredis';
import type { Holdings } from '../probe/holdings.js';
import { Probes } from '../probe/probes.js';
import { Bystanders } from './bystanders.js';
import { publishNonsense, wreckKeys } from './redis-nonsense.js';
import { Storm, type Totals } from './storm.js';
import { INTERNAL } from './tally.js';

export interface FuzzOptions {
  readonly frames: number;
  readonly connections: number;
  /** Of all connections together: as fast as most of them are sent, and while the wait of others is bounded. */
  readonly framesPerSecond: number;
  readonly watchedPerSecond: number;
  /** No storm begins after that, in ms. */
  readonly mostMs: number;
  readonly seed: number;
  readonly report: (line: string) => void;
}

/** How long each bystander's note took, in ms. */
export interface Waits {
  /** While nobody attacked. */
  readonly quiet: readonly number[];
  /** While frames came at a pace that leaves cores free. */
  readonly watched: readonly number[];
  /** While they came as fast as most do: what waits then waits for a core. */
  readonly flooded: readonly number[];
}

/** What a run found. */
export interface FuzzResult {
  readonly totals: Totals;
  readonly waits: Waits;
  /** Heap after a collection, by process: when warm, and at the end. */
  readonly heaps: Readonly<Record<string, { readonly before: number; readonly after: number }>>;
  /** Processes that ended. */
  readonly ended: readonly string[];
  readonly unhandled: number;
  readonly faults: readonly string[];
}

/**
 * No rate of what comes in is limited: neither frames nor bytes, sign-ins or what is stored. Large answers keep their rate: it is what keeps
 * readers from harming others.
 */
const LIFTED = {
  FRAMES_PER_SECOND: '0',
  BYTES_PER_SECOND: '0',
  USER_STORED_BYTES_PER_SECOND: '0',
  SIGN_UPS_PER_ADDRESS: '1000000',
  SIGN_IN_FAILURES_PER_PAIR: '1000',
  SIGN_IN_FAILURES_PER_USERNAME: '100000',
  SIGN_IN_FAILURES_PER_ADDRESS: '100000',
};

/** Floods last this long. Before some of them, spread over the run, others are watched: at first while nobody attacks. */
const FLOOD_MS = 9_000;
const WATCHED_FLOODS = 12;
const WATCH_MS = 6_000;
/** What a flood has left to do, writes to disk say, is done by then. */
const REST_MS = 1_000;
/** What is bounded fills first: caches, buffers, the code that V8 compiles. */
const WARMING_SHARE = 0.2;
const MOST_WARMING = 50_000;
/** By when timers and leases have let go of what is no longer needed, in ms. */
const SETTLES_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 2_000;
/** What is published to mislead the gateways, the keys that are changed, and the frames that are sent after each. */
const NONSENSE = 5_000;
const WRECKED_KEYS = 300;
const WRECKED_FRAMES = 3_000;
/** Heap may be this much larger at the end. */
export const HEAP_SHARE = 1.05;

/** A chat under attack. */
export class FuzzRun {
  private readonly storm: Storm;
  private readonly pids: Readonly<Record<string, number>>;

  private constructor(
    private readonly options: FuzzOptions,
    private readonly stack: Stack,
    private readonly probes: Probes,
    private readonly bystanders: Bystanders,
  ) {
    const { connections, seed } = options;
    this.storm = new Storm({ connections, seed, url: stack.url });
    this.pids = this.pidsNow();
  }

  static async execute(options: FuzzOptions): Promise<FuzzResult> {
    const folder = await mkdtemp(join(tmpdir(), 'parley-fuzz-'));
    const probes = new Probes(folder);
    const stack = await startStack({
      settings: {
        ...CHEAP_HASHING,
        ...LIFTED,
        DATA_DIR: folder,
        PORT: '0',
        GATEWAY_WORKERS: '1',
        LOG_LEVEL: 'warn',
      },
      gatewayPorts: 'separate',
      environmentOf: probes.environmentOf,
    });
    let run: FuzzRun | undefined;
    try {
      run = new FuzzRun(options, stack, probes, await Bystanders.enter(stack.url));
      return await run.attack();
    } finally {
      await run?.end();
      await stack.stop();
      await rm(folder, { recursive: true, force: true });
    }
  }

  private async attack(): Promise<FuzzResult> {
    const { report } = this.options;
    await this.storm.order({ do: 'replay' });
    report('the corpus was replayed');
    const warming = Math.min(MOST_WARMING, this.options.frames * WARMING_SHARE);
    await this.storm.order({ do: 'draw', frames: warming });
    await this.flood();
    await this.storm.order({ do: 'restart' });
    await delay(LOOK_EVERY_MS);
    const before = await this.heaps();
    report('warm');
    const { waits, totals } = await this.takeTurns();
    await this.storm.order({ do: 'restart' });
    const after = await this.settled(before);
    const faults = [...this.bystanders.faults()];
    const ruined = await this.misleadRedis(totals.finds.length);
    const unhandled = await this.unhandled();
    const heaps = Object.fromEntries(
      Object.keys(before).map((name) => [name, { before: before[name]!, after: after[name]! }]),
    );
    return { totals, waits, heaps, ended: this.ended(), unhandled, faults: [...faults, ...ruined] };
  }

  private async end(): Promise<void> {
    await this.storm.end();
    await this.bystanders.leave();
  }

  /**
   * Redis returns what no service wrote: nonsense is published, and then keys are changed, under more frames of the attackers.
   * Nothing published keeps anybody from being answered. A changed key may be answered with INTERNAL, and nothing worse.
   * @param known finds that are reported already.
   */
  private async misleadRedis(known: number): Promise<string[]> {
    const { seed, report } = this.options;
    const redis = new Redis(this.stack.redisUrl!);
    try {
      const before = this.bystanders.faults().length;
      await publishNonsense(redis, seed, NONSENSE);
      await this.storm.order({ do: 'draw', frames: WRECKED_FRAMES });
      const { finds } = await this.flood();
      const faults = this.bystanders.faults().slice(before);
      report('nonsense was published');
      await wreckKeys(redis, seed, WRECKED_KEYS);
      const wrecked = await this.flood();
      report('keys were changed');
      const worse = wrecked.finds.slice(finds.length).filter(({ what }) => what !== INTERNAL);
      return [...faults, ...finds.slice(known), ...worse].map((each) => JSON.stringify(each));
    } finally {
      redis.disconnect();
    }
  }

  private async takeTurns(): Promise<Pick<FuzzResult, 'waits' | 'totals'>> {
    const { frames, framesPerSecond, mostMs, report } = this.options;
    const waits = { quiet: [] as number[], watched: [] as number[], flooded: [] as number[] };
    const until = performance.now() + mostMs;
    const perFlood = Math.min(frames, Math.ceil((framesPerSecond * FLOOD_MS) / 1_000));
    const watchEvery = Math.ceil(frames / perFlood / WATCHED_FLOODS);
    let totals = await this.storm.order({ do: 'draw', frames: 0 });
    const target = totals.sent + frames;
    for (let n = 0; totals.sent < target && performance.now() < until && this.ended().length === 0; n += 1) {
      if (n % watchEvery === 0) await this.watch(waits);
      await this.storm.order({ do: 'draw', frames: perFlood });
      const notes = await this.bystanders.watchDuring(async () => {
        totals = await this.flood();
      });
      waits.flooded.push(...notes);
      report(`${totals.sent} frames, ${totals.decoded} of them decoded, ${totals.finds.length} finds`);
    }
    return { waits, totals };
  }

  /** Others, while nobody attacks, and then while frames come at a pace that leaves cores free. */
  private async watch({ quiet, watched }: { quiet: number[]; watched: number[] }): Promise<void> {
    const { watchedPerSecond: framesPerSecond } = this.options;
    await this.storm.order({ do: 'draw', frames: Math.ceil((framesPerSecond * WATCH_MS) / 1_000) });
    await delay(REST_MS);
    quiet.push(...(await this.bystanders.watch(WATCH_MS)));
    watched.push(
      ...(await this.bystanders.watchDuring(() => this.storm.order({ do: 'send', framesPerSecond }))),
    );
  }

  private flood(): Promise<Totals> {
    return this.storm.order({ do: 'send', framesPerSecond: this.options.framesPerSecond });
  }

  /** The heaps, as soon as none is too large, or when it should have been. */
  private async settled(before: Readonly<Record<string, number>>): Promise<Record<string, number>> {
    const until = performance.now() + SETTLES_WITHIN_MS;
    for (;;) {
      const now = await this.heaps();
      const isBack = Object.entries(now).every(([name, bytes]) => bytes <= before[name]! * HEAP_SHARE);
      if (isBack || performance.now() > until) return now;
      await delay(LOOK_EVERY_MS);
    }
  }

  private async heaps(): Promise<Record<string, number>> {
    const entries = this.names().map(async (name) => [
      name,
      (await this.holdings(name))?.heapBytes ?? Number.NaN,
    ]);
    return Object.fromEntries(await Promise.all(entries)) as Record<string, number>;
  }

  private async unhandled(): Promise<number> {
    const all = await Promise.all(this.names().map((name) => this.holdings(name)));
    return all.reduce((sum, each) => sum + (each?.unhandled ?? 0), 0);
  }

  /** Undefined where the process has ended: {@link ended} names it. */
  private holdings(name: string): Promise<Holdings | undefined> {
    return this.probes.holdings(name).catch(() => undefined);
  }

  private names(): string[] {
    return Object.keys(this.pids).filter((name) => name !== 'redis');
  }

  private pidsNow(): Record<string, number> {
    return Object.fromEntries(this.stack.processes().map(({ name, pid }) => [name, pid]));
  }

  private ended(): string[] {
    const now = this.pidsNow();
    return Object.keys(this.pids).filter((name) => now[name] !== this.pids[name]);
  }
}
