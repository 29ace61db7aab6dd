import { readFile } from 'node:fs/promises';
import { decodeHistogram, encodeHistogram, sumVerdicts } from '@parley/load-generator';
import type { Report, RunReport } from './report.js';

/** Reads reports as `--json` writes them. Throws when a file is not one. */
export async function readReports(files: readonly string[]): Promise<Report[]> {
  return Promise.all(files.map(readReport));
}

async function readReport(file: string): Promise<Report> {
  try {
    const report = JSON.parse(await readFile(file, 'utf8')) as Report;
    if (report.version === 2 && Array.isArray(report.runs)) return report;
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`);
  }
  throw new Error(`${file}: not a result of a load test`);
}

/**
 * The result of a test that ran on several machines at once. Histograms are added as histograms, so a percentile is one of all
 * deliveries and not a mean. Throws when the reports are of different tests.
 */
export function merge(reports: readonly Report[]): Report {
  const [first] = reports as [Report];
  for (const { scenario, runs, bytes } of reports) {
    const same = scenario === first.scenario && runs.length === first.runs.length && bytes === first.bytes;
    if (!same) throw new Error('merge: the results are of different tests');
  }
  const sum = (name: 'connections' | 'senders') => reports.reduce((total, report) => total + report[name], 0);
  return {
    ...first,
    startedAt: reports.map(({ startedAt }) => startedAt).sort()[0]!,
    machines: reports.flatMap(({ machines }) => machines),
    urls: [...new Set(reports.flatMap(({ urls }) => urls))],
    connections: sum('connections'),
    senders: sum('senders'),
    entered: addAll(reports.map(({ entered }) => entered)),
    runs: first.runs.map((_, number) => mergeRuns(reports.map(({ runs }) => runs[number]!))),
  };
}

function mergeRuns(runs: readonly RunReport[]): RunReport {
  const [first] = runs as [RunReport];
  if (runs.some(({ seconds }) => seconds !== first.seconds)) {
    throw new Error('merge: the runs are of different lengths');
  }
  const sum = (value: (run: RunReport) => number) => runs.reduce((total, run) => total + value(run), 0);
  const added = (name: 'latency' | 'ackLatency' | 'sendDelay' | 'entries') =>
    addAll(runs.map((run) => run[name]));
  return {
    rate: sum(({ rate }) => rate),
    seconds: first.seconds,
    sent: sum(({ sent }) => sent),
    deliveries: sum(({ deliveries }) => deliveries),
    total: {
      sent: sum(({ total }) => total.sent),
      acknowledged: sum(({ total }) => total.acknowledged),
      deliveries: sum(({ total }) => total.deliveries),
    },
    latency: added('latency'),
    latencyByUrl: byUrl(runs),
    ackLatency: added('ackLatency'),
    sendDelay: added('sendDelay'),
    entries: added('entries'),
    account: sumVerdicts(runs.map(({ account }) => account)),
    ...reasonsOf(runs),
    returned: sum(({ returned }) => returned),
    resent: sum(({ resent }) => resent),
    perSecond: bySecond(runs),
    usage: usageOf(runs),
    servers: named(runs.flatMap(({ servers }) => servers)),
    ownCpuMs: sum(({ ownCpuMs }) => ownCpuMs),
  };
}

function reasonsOf(runs: readonly RunReport[]) {
  const added = (name: 'refused' | 'connectionsLost' | 'interrupted' | 'retried') =>
    addCounts(runs.map((run) => run[name]));
  return {
    refused: added('refused'),
    connectionsLost: added('connectionsLost'),
    interrupted: added('interrupted'),
    retried: added('retried'),
  };
}

function addAll(encoded: readonly string[]): string {
  const [sum, ...others] = encoded.map(decodeHistogram);
  for (const other of others) sum!.add(other);
  return encodeHistogram(sum!);
}

function byUrl(runs: readonly RunReport[]): RunReport['latencyByUrl'] {
  const all = runs.flatMap(({ latencyByUrl }) => latencyByUrl);
  return [...grouped(all, ({ url }) => url)].map(([url, parts]) => ({
    url,
    latency: addAll(parts.map(({ latency }) => latency)),
  }));
}

function bySecond(runs: readonly RunReport[]): RunReport['perSecond'] {
  const all = runs.flatMap(({ perSecond }) => perSecond);
  const seconds = [...grouped(all, ({ second }) => second)].sort(([one], [other]) => one - other);
  return seconds.map(([second, parts]) => {
    const sum = (name: 'sent' | 'acknowledged' | 'deliveries' | 'open') =>
      parts.reduce((total, part) => total + part[name], 0);
    return {
      second,
      sent: sum('sent'),
      acknowledged: sum('acknowledged'),
      deliveries: sum('deliveries'),
      open: sum('open'),
      latency: addAll(parts.map(({ latency }) => latency)),
    };
  });
}

function grouped<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return groups;
}

/** Counts a server once that several machines watched. */
const named = <T extends { readonly name: string }>(samples: readonly T[]): T[] => [
  ...new Map(samples.map((sample) => [sample.name, sample])).values(),
];

function usageOf(runs: readonly RunReport[]): RunReport['usage'] {
  const all = runs.flatMap(({ usage }) => usage);
  return [...grouped(all, ({ second }) => second)].map(([second, parts]) => ({
    second,
    servers: named(parts.flatMap(({ servers }) => servers)),
    ownCpuMs: parts.reduce((total, part) => total + part.ownCpuMs, 0),
  }));
}

function addCounts(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const counts of all) {
    for (const [name, value] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + value;
  }
  return sums;
}
