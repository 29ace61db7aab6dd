import { cpus } from 'node:os';
import {
  encodeHistogram,
  type Histogram,
  type RunResult,
  type SecondOfRun,
  type ServerSample,
  type ServerUsage,
  type UsageSample,
  type Verdict,
} from '@parley/load-generator';

/** A histogram in HdrHistogram's compressed form, of microseconds. */
type Encoded = string;

/** One stretch of load, as JSON. */
export interface RunReport {
  readonly rate: number;
  readonly seconds: number;
  readonly sent: number;
  readonly deliveries: number;
  readonly total: RunResult['total'];
  readonly latency: Encoded;
  readonly latencyByUrl: readonly { readonly url: string; readonly latency: Encoded }[];
  readonly ackLatency: Encoded;
  readonly sendDelay: Encoded;
  readonly entries: Encoded;
  readonly account: Verdict;
  readonly refused: Readonly<Record<string, number>>;
  readonly connectionsLost: Readonly<Record<string, number>>;
  readonly interrupted: Readonly<Record<string, number>>;
  readonly retried: Readonly<Record<string, number>>;
  readonly returned: number;
  readonly resent: number;
  readonly perSecond: readonly (Omit<SecondOfRun, 'latency'> & { readonly latency: Encoded })[];
  readonly usage: readonly UsageSample[];
  readonly servers: readonly ServerUsage[];
  readonly ownCpuMs: number;
}

/** A whole test: what was asked for, and the result of each run. */
export interface Report {
  /** The version of this format. */
  readonly version: 2;
  readonly startedAt: string;
  readonly machines: readonly string[];
  readonly scenario: string;
  readonly urls: readonly string[];
  readonly connections: number;
  readonly senders: number;
  readonly bytes: number;
  /** From when the ramp opens each connection until it has entered. */
  readonly entered: Encoded;
  /** The servers before any connection opened. */
  readonly serversBefore: readonly ServerSample[];
  readonly runs: readonly RunReport[];
  /** With --find-limit: the highest rate within every threshold; 0 when none was. */
  readonly limit?: number | undefined;
}

/** Describes this machine, for readers of the figures. */
export const thisMachine = (): string =>
  `${cpus().length} cores (${cpus()[0]?.model.trim()}), Node ${process.versions.node}`;

export function runReport(result: RunResult, urls: readonly string[]): RunReport {
  const { latency, latencyByUrl, ackLatency, sendDelay, entries, perSecond, ...plain } = result;
  return {
    ...plain,
    latency: encodeHistogram(latency),
    latencyByUrl: latencyByUrl.map((histogram, url) => ({
      url: urls[url]!,
      latency: encodeHistogram(histogram),
    })),
    ackLatency: encodeHistogram(ackLatency),
    sendDelay: encodeHistogram(sendDelay),
    entries: encodeHistogram(entries),
    perSecond: perSecond.map((second) => ({ ...second, latency: encodeHistogram(second.latency) })),
  };
}

export interface ReportParts {
  /** What was asked for. */
  readonly load: Pick<Report, 'scenario' | 'urls' | 'connections' | 'bytes'>;
  readonly startedAt: Date;
  readonly senders: number;
  readonly entered: Histogram;
  readonly serversBefore: readonly ServerSample[];
  readonly runs: readonly RunReport[];
  readonly limit?: number | undefined;
}

export function testReport({ load, startedAt, entered, ...parts }: ReportParts): Report {
  const { scenario, urls, connections, bytes } = load;
  return {
    version: 2,
    startedAt: startedAt.toISOString(),
    machines: [thisMachine()],
    scenario,
    urls,
    connections,
    bytes,
    entered: encodeHistogram(entered),
    ...parts,
  };
}
