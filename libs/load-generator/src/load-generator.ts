import { setTimeout as delay } from 'node:timers/promises';
import { CrewThread } from './crew/crew-thread.js';
import type { CrewPlan, RunOrder, Standing } from './crew/orders.js';
import { type DialectSource, loadDialect } from './dialect.js';
import { Clock } from './measuring/clock.js';
import { addPairs, newHistogram } from './measuring/histograms.js';
import {
  type Progress,
  type RunResult,
  sumVerdicts,
  Ticks,
  type UsageSample,
  usageOver,
} from './measuring/run-result.js';
import { type ServerSample, ServerWatch, type Watched } from './measuring/server-watch.js';
import { accountsOf, type Seating } from './seating.js';
import { newOrigin } from './stamp.js';

/** The connections to open. */
export interface LoadOptions extends Seating {
  readonly dialect: DialectSource;
  readonly threads: number;
  /** Bytes of each message's text; at least `STAMP_BYTES`. */
  readonly messageBytes: number;
  readonly rampMs: number;
  /** How many upgrades and sign-ins of one thread may be under way at once; 128 by default. A connection beyond waits, and its wait counts. */
  readonly entering?: number;
  /**
   * Whether a connection comes back that ends without being closed here, and sends again what was not acknowledged. The server
   * has to continue where a connection was, and to recognise a message that it has. For measuring while servers are replaced.
   */
  readonly resume?: boolean;
  readonly watch?: Watched;
  readonly report?: (line: string) => void;
}

/** One stretch of load. */
export interface RunOptions {
  /** Messages per second of all senders together; 0 leaves the connections idle. */
  readonly rate: number;
  readonly warmupMs: number;
  readonly durationMs: number;
  /** When the warm-up begins, in ms since the epoch; at once by default. */
  readonly startAt?: number | undefined;
  /** Cuts every connection this long after the measured time begins. */
  readonly stormAfterMs?: number | undefined;
  /** Visits per second: a user connects, signs in, joins, signs out and disconnects. Needs `visitors`. */
  readonly visitsPerSecond?: number | undefined;
  readonly onProgress?: (progress: Progress) => void;
  /** Ends the run early when it is aborted, after one second of the measured time at least. */
  readonly signal?: AbortSignal | undefined;
}

const ENTERING = 128;
/** Time for the threads to get their orders. */
const LEAD_MS = 100;
/** After the end: how often to look for late messages, after how many looks without one to stop, and the longest wait. */
const QUIET = { everyMs: 250, times: 4, atMostMs: 30_000 };
/** The longest wait with `resume`: connections may take two minutes to come back. */
const RETURNED_WITHIN_MS = 150_000;

/**
 * Connections on several threads, and runs of load on them. Messages are due by a fixed timetable, and latency counts from when
 * a message was due. At the end of a run, every connection accounts for every message that was due to it.
 */
export class LoadGenerator {
  private readonly clock = new Clock();
  private readonly watch: ServerWatch;
  private readonly threads: CrewThread[];
  private ticks: Ticks;
  /** From when the ramp opens each connection until it has entered, in µs. */
  readonly entered = newHistogram();
  /** The servers before any connection opened: memory growth counts from here. */
  serversBefore: readonly ServerSample[] = [];

  private constructor(
    private readonly options: LoadOptions,
    prepared: unknown,
  ) {
    this.watch = new ServerWatch(options.watch ?? {});
    this.ticks = this.newTicks();
    const { urls, connections, senders, rooms, accounts, visitors } = options;
    const { threads, dialect, messageBytes, rampMs, entering = ENTERING, resume = false } = options;
    const plan: Omit<CrewPlan, 'thread'> = {
      seating: { urls, connections, senders, rooms, accounts, visitors },
      threads,
      dialect,
      prepared,
      origin: newOrigin(),
      clockOffset: this.clock.offset,
      messageBytes,
      rampMs,
      entering,
      resume,
    };
    this.threads = Array.from(
      { length: threads },
      (_, thread) => new CrewThread({ ...plan, thread }, (tick) => this.ticks.add(tick)),
    );
  }

  /** Prepares, starts the threads and opens every connection. Rejects when one of them cannot open. */
  static async open(options: LoadOptions): Promise<LoadGenerator> {
    const { urls, report = () => {} } = options;
    const dialect = await loadDialect(options.dialect);
    const prepared = await dialect.prepare?.({ urls, accounts: accountsOf(options), report });
    const generator = new LoadGenerator(options, prepared);
    try {
      generator.serversBefore = await generator.watch.sample();
      const entries = await Promise.all(generator.threads.map((thread) => thread.ask('enter')));
      for (const pairs of entries) addPairs(generator.entered, pairs);
    } catch (error) {
      await generator.close();
      throw error;
    }
    return generator;
  }

  /** One stretch of load. Runs may follow one another, and the accounts continue. */
  async run(options: RunOptions): Promise<RunResult> {
    const before = await this.stand();
    const order = this.orderOf(options);
    this.ticks = this.newTicks(options.onProgress);
    const running = Promise.all(this.threads.map((thread) => thread.ask('run', order)));
    const usage = this.sampleUsage(order);
    const stop = () => this.stop(order);
    options.signal?.addEventListener('abort', stop, { once: true });
    if (options.signal?.aborted) stop();
    await running.finally(() => options.signal?.removeEventListener('abort', stop));
    const total = await this.untilQuiet();
    const newest = newestOf(total);
    const verdicts = await Promise.all(this.threads.map((thread) => thread.ask('settle', newest)));
    return this.resultOf(order, [before, total], sumVerdicts(verdicts), await usage);
  }

  private stop({ timetable, measureFrom }: RunOrder): void {
    timetable.until = Math.min(timetable.until, Math.max(this.clock.now(), measureFrom + 1_000_000));
    for (const thread of this.threads) void thread.ask('stop', timetable.until).catch(() => {});
  }

  /** Closes every connection and ends the threads. */
  async close(): Promise<void> {
    await Promise.allSettled(this.threads.map((thread) => thread.ask('leave')));
    await Promise.all(this.threads.map((thread) => thread.end()));
  }

  private newTicks(onProgress: (progress: Progress) => void = () => {}): Ticks {
    return new Ticks(this.options.urls.length, this.options.threads, onProgress);
  }

  private orderOf({
    rate,
    warmupMs,
    durationMs,
    startAt,
    stormAfterMs,
    visitsPerSecond,
  }: RunOptions): RunOrder {
    // Whole microseconds, as in the stamps, so that the first message of the measured time falls into it.
    const from = Math.ceil(startAt === undefined ? this.clock.now() + LEAD_MS * 1_000 : startAt * 1_000);
    const measureFrom = from + Math.round(warmupMs * 1_000);
    return {
      timetable: { from, until: measureFrom + durationMs * 1_000, rate, senders: this.options.senders },
      measureFrom,
      stormAt: stormAfterMs === undefined ? undefined : measureFrom + stormAfterMs * 1_000,
      visitsPerSecond,
    };
  }

  /** Samples at the whole seconds of the measured time, its end included. */
  private async sampleUsage({ measureFrom, timetable }: RunOrder): Promise<UsageSample[]> {
    const samples: UsageSample[] = [];
    for (let at = measureFrom; ; at = Math.min(at + 1_000_000, timetable.until)) {
      await delay(Math.max(0, (at - this.clock.now()) / 1_000));
      const { user, system } = process.cpuUsage();
      const second = (at - measureFrom) / 1_000_000;
      samples.push({ second, ownCpuMs: (user + system) / 1_000, servers: await this.watch.sample() });
      if (at >= timetable.until) return samples;
    }
  }

  private stand(): Promise<Standing[]> {
    return Promise.all(this.threads.map((thread) => thread.ask('stand')));
  }

  /** Resolves when nothing has arrived for a while, and nothing is awaited. */
  private async untilQuiet(): Promise<Standing[]> {
    const until = performance.now() + (this.options.resume ? RETURNED_WITHIN_MS : QUIET.atMostMs);
    let [before, quiet] = [-1, 0];
    for (;;) {
      const standings = await this.stand();
      const came = standings.reduce(
        (sum, { deliveries, acknowledged }) => sum + deliveries + acknowledged,
        0,
      );
      const awaited = standings.some((standing) => standing.awaited > 0);
      quiet = came === before && !awaited ? quiet + 1 : 0;
      if (quiet >= QUIET.times || performance.now() > until) return standings;
      before = came;
      await delay(QUIET.everyMs);
    }
  }

  private resultOf(
    { timetable, measureFrom }: RunOrder,
    [before, after]: readonly [readonly Standing[], readonly Standing[]],
    account: RunResult['account'],
    usage: UsageSample[],
  ): RunResult {
    const { ticks } = this;
    const measured = ticks.perSecond.filter(({ second }) => second >= 0);
    const sum = (of: readonly { [Name in Count]: number }[], name: Count) =>
      of.reduce((total, each) => total + each[name], 0);
    const grown = (name: Count) => sum(after, name) - sum(before, name);
    const latency = newHistogram();
    for (const histogram of ticks.latencyByUrl) latency.add(histogram);
    const [first, last] = [usage[0]!, usage.at(-1)!];
    return {
      rate: timetable.rate,
      seconds: (timetable.until - measureFrom) / 1_000_000,
      sent: sum(measured, 'sent'),
      deliveries: sum(measured, 'deliveries'),
      total: { sent: grown('sent'), acknowledged: grown('acknowledged'), deliveries: grown('deliveries') },
      latency,
      ...ticks.sums(),
      account,
      usage,
      servers: usageOver(usage),
      ownCpuMs: last.ownCpuMs - first.ownCpuMs,
    };
  }
}

type Count = 'sent' | 'acknowledged' | 'deliveries';

/** The newest number of each stream that any thread knows, as pairs. */
function newestOf(standings: readonly Standing[]): Float64Array {
  const newest = new Map<number, number>();
  for (const { newest: pairs } of standings) {
    for (let at = 0; at < pairs.length; at += 2) {
      newest.set(pairs[at]!, Math.max(pairs[at + 1]!, newest.get(pairs[at]!) ?? -1));
    }
  }
  return Float64Array.from([...newest].flat());
}
