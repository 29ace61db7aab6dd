import { addPairs, type Histogram, newHistogram, percentileMs } from './histograms.js';
import type { ServerSample } from './server-watch.js';
import { AFTERWARDS, type Tick, type Verdict } from './tick.js';

/** One second of a run. */
export interface SecondOfRun {
  /** Since `measureFrom`; negative while warming up. */
  readonly second: number;
  sent: number;
  acknowledged: number;
  deliveries: number;
  open: number;
  readonly latency: Histogram;
}

/** What a server's process used: `cpuMs` over the measured time, `residentBytes` and the delays at its end. */
export type ServerUsage = ServerSample;

/** What the servers and this process used, second by second. */
export interface UsageSample {
  readonly second: number;
  readonly servers: readonly ServerSample[];
  /** CPU time of this process with all threads since it started, in milliseconds. */
  readonly ownCpuMs: number;
}

/** The result of a run. */
export interface RunResult {
  /** Messages per second by the timetable. */
  readonly rate: number;
  /** Length of the measured time. */
  readonly seconds: number;
  /** In the measured time. */
  readonly sent: number;
  readonly deliveries: number;
  /** In the whole run, including the warm-up and late messages. */
  readonly total: { readonly sent: number; readonly acknowledged: number; readonly deliveries: number };
  /** From when a message was due until it arrived, in µs, for messages due in the measured time. */
  readonly latency: Histogram;
  readonly latencyByUrl: readonly Histogram[];
  /** From when a message was due until its acknowledgement arrived. */
  readonly ackLatency: Histogram;
  /** From when a message was due until the socket got it: how late the generator was. */
  readonly sendDelay: Histogram;
  /** From when a connection was cut, or a visit was due, until it had entered. */
  readonly entries: Histogram;
  readonly account: Verdict;
  readonly refused: Readonly<Record<string, number>>;
  /** Connections that ended without being closed here and did not come back, by reason. */
  readonly connectionsLost: Readonly<Record<string, number>>;
  /** With `resume`: connections that ended and were brought back, by reason. */
  readonly interrupted: Readonly<Record<string, number>>;
  /** With `resume`: refusals after which the same was tried again, by reason. */
  readonly retried: Readonly<Record<string, number>>;
  /** How often a connection came back. */
  readonly returned: number;
  /** Messages that were sent again, because no acknowledgement had come before a connection ended or the server refused them. */
  readonly resent: number;
  readonly perSecond: readonly SecondOfRun[];
  readonly usage: readonly UsageSample[];
  readonly servers: readonly ServerUsage[];
  /** This process's CPU time in the measured time, with all threads, in milliseconds. */
  readonly ownCpuMs: number;
}

/** What a terminal shows for the last second. */
export interface Progress {
  readonly second: number;
  readonly open: number;
  readonly sent: number;
  readonly deliveries: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Adds up the ticks of all threads. */
export class Ticks {
  readonly latencyByUrl: readonly Histogram[];
  readonly ackLatency = newHistogram();
  readonly sendDelay = newHistogram();
  readonly entries = newHistogram();
  readonly refused: Record<string, number> = {};
  readonly connectionsLost: Record<string, number> = {};
  readonly interrupted: Record<string, number> = {};
  readonly retried: Record<string, number> = {};
  returned = 0;
  resent = 0;
  private readonly seconds = new Map<number, SecondOfRun & { threads: number }>();

  constructor(
    urls: number,
    private readonly threads: number,
    private readonly onSecond: (progress: Progress) => void,
  ) {
    this.latencyByUrl = Array.from({ length: urls }, newHistogram);
  }

  add(tick: Tick): void {
    for (const [url, pairs] of tick.latencies.entries()) addPairs(this.latencyByUrl[url]!, pairs);
    addPairs(this.ackLatency, tick.ackLatencies);
    addPairs(this.sendDelay, tick.sendDelays);
    addPairs(this.entries, tick.entries);
    addUp(this.refused, tick.refused);
    addUp(this.connectionsLost, tick.lost);
    addUp(this.interrupted, tick.interrupted);
    addUp(this.retried, tick.retried);
    this.returned += tick.returned;
    this.resent += tick.resent;
    this.addToSecond(tick);
  }

  private addToSecond(tick: Tick): void {
    const { second } = tick;
    if (!this.seconds.has(second)) this.seconds.set(second, { threads: 0, ...emptySecond(second) });
    const sum = this.seconds.get(second)!;
    for (const name of ['sent', 'acknowledged', 'deliveries', 'open'] as const) sum[name] += tick[name];
    for (const pairs of tick.latencies) addPairs(sum.latency, pairs);
    sum.threads += 1;
    if (sum.threads === this.threads && second !== AFTERWARDS) this.onSecond(progressOf(sum));
  }

  /** The part of a result that ticks add up to. */
  sums() {
    const { latencyByUrl, ackLatency, sendDelay, entries, perSecond } = this;
    const { refused, connectionsLost, interrupted, retried, returned, resent } = this;
    return {
      latencyByUrl,
      ackLatency,
      sendDelay,
      entries,
      perSecond,
      refused,
      connectionsLost,
      interrupted,
      retried,
      returned,
      resent,
    };
  }

  /** The seconds of the run, in order, without late messages. */
  get perSecond(): SecondOfRun[] {
    const seconds = [...this.seconds.values()].filter(({ second }) => second !== AFTERWARDS);
    return seconds.sort((one, other) => one.second - other.second).map(({ threads: _, ...second }) => second);
  }
}

const emptySecond = (second: number): SecondOfRun => ({
  second,
  sent: 0,
  acknowledged: 0,
  deliveries: 0,
  open: 0,
  latency: newHistogram(),
});

const progressOf = ({ second, open, sent, deliveries, latency }: SecondOfRun): Progress => ({
  second,
  open,
  sent,
  deliveries,
  p50Ms: percentileMs(latency, 50),
  p99Ms: percentileMs(latency, 99),
});

export function addUp(sums: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(more)) sums[name] = (sums[name] ?? 0) + count;
}

/** Adds up the verdicts of several threads or machines. */
export function sumVerdicts(verdicts: readonly Verdict[]): Verdict {
  const sum = (name: Exclude<keyof Verdict, 'examples'>) =>
    verdicts.reduce((total, verdict) => total + verdict[name], 0);
  return {
    lost: sum('lost'),
    doubled: sum('doubled'),
    disordered: sum('disordered'),
    strayed: sum('strayed'),
    reloads: sum('reloads'),
    skipped: sum('skipped'),
    vanished: sum('vanished'),
    repeated: sum('repeated'),
    unanswered: sum('unanswered'),
    examples: verdicts.flatMap(({ examples }) => examples).slice(0, 10),
  };
}

/** What each server used from the first sample that has it to the last. */
export function usageOver(samples: readonly UsageSample[]): ServerUsage[] {
  const all = samples.flatMap(({ servers }) => servers);
  const last = new Map(all.map((sample) => [sample.name, sample]));
  return [...last.values()].map((sample) => {
    const first = all.find(({ name }) => name === sample.name)!;
    return { ...sample, cpuMs: sample.cpuMs - first.cpuMs };
  });
}
