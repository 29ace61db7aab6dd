import { decodeHistogram, type Histogram, percentileMs, type ServerSample } from '@parley/load-generator';
import { type Chart, lineChart, type Mark, type Series } from './line-chart.js';
import type { RunReport } from './report.js';

/** Percentiles are placed by their number of nines: each step to the right is a tenth of the deliveries. */
const nines = (percent: number): number => -Math.log10(1 - percent / 100);
const PERCENT_MARKS: readonly Mark[] = [0, 50, 90, 99, 99.9, 99.99].map((percent) => ({
  at: nines(percent),
  label: `${percent}%`,
}));
const NINES_STEP = 0.05;

const MIB = 2 ** 20;

/** Every chart of a run. */
export const chartsOf = (run: RunReport): string =>
  [distribution(run), overTime(run), throughput(run), cpu(run), memory(run), loopDelay(run)]
    .map(lineChart)
    .join('\n');

/** How p99 and the servers' usage grow with the rate. */
export const chartOfRates = (runs: readonly RunReport[]): string => {
  const sorted = [...runs].sort((one, other) => one.rate - other.rate);
  const percentile = (percent: number): Series => ({
    name: `p${percent}`,
    points: sorted.map((run) => [run.rate, percentileMs(decodeHistogram(run.latency), percent)]),
  });
  const marks = sorted.map(({ rate }) => ({ at: rate, label: String(rate) }));
  return lineChart({
    title: 'Latency by rate',
    unit: 'ms, logarithmic; messages per second',
    series: [percentile(50), percentile(99)],
    marks: marks.filter((_, index) => index % Math.ceil(marks.length / 8) === 0),
    logarithmic: true,
  });
};

function distribution({ latency, latencyByUrl, ackLatency, sendDelay }: RunReport): Chart {
  const spread = latencyByUrl.length > 1 ? latencyByUrl : [];
  const curve = (name: string, encoded: string): Series => ({
    name,
    points: curveOf(decodeHistogram(encoded)),
  });
  return {
    title: 'Latency distribution',
    unit: 'ms, logarithmic',
    series: [
      curve('delivery', latency),
      curve('acknowledgement', ackLatency),
      curve('sent late by', sendDelay),
      ...spread.map(({ url, latency: one }) => curve(new URL(url).host, one)),
    ],
    marks: PERCENT_MARKS,
    logarithmic: true,
  };
}

function curveOf(histogram: Histogram): Series['points'] {
  if (histogram.totalCount === 0) return [];
  const highest = Math.min(nines(99.99), Math.log10(histogram.totalCount));
  const steps = Array.from({ length: Math.floor(highest / NINES_STEP) + 1 }, (_, step) => step * NINES_STEP);
  return steps.map((at) => [at, percentileMs(histogram, (1 - 10 ** -at) * 100)]);
}

function overTime({ perSecond }: RunReport): Chart {
  const measured = perSecond
    .map(({ second, latency }) => ({ second, latency: decodeHistogram(latency) }))
    .filter(({ latency }) => latency.totalCount > 0);
  const percentile = (name: string, percent: number): Series => ({
    name,
    points: measured.map(({ second, latency }) => [second, percentileMs(latency, percent)]),
  });
  return {
    title: 'Latency over time',
    unit: 'ms, logarithmic',
    series: [percentile('p50', 50), percentile('p99', 99), percentile('max', 100)],
    logarithmic: true,
  };
}

function throughput({ perSecond }: RunReport): Chart {
  const measured = perSecond.filter(({ second }) => second >= 0);
  return {
    title: 'Deliveries',
    unit: 'per second',
    series: [{ name: 'deliveries', points: measured.map(({ second, deliveries }) => [second, deliveries]) }],
  };
}

/** A line for each server, of `value` over consecutive samples. */
function serverSeries(
  { usage }: RunReport,
  value: (now: ServerSample, before: ServerSample | undefined, seconds: number) => number | undefined,
): Series[] {
  const names = new Set(usage.flatMap(({ servers }) => servers.map(({ name }) => name)));
  return [...names].map((name) => ({
    name,
    points: usage.flatMap(({ second, servers }, at): [number, number][] => {
      const now = servers.find((server) => server.name === name);
      const before = usage[at - 1]?.servers.find((server) => server.name === name);
      const found = now && value(now, before, second - (usage[at - 1]?.second ?? 0));
      return found === undefined ? [] : [[second, found]];
    }),
  }));
}

function cpu(run: RunReport): Chart {
  const own = run.usage.slice(1).map(({ second, ownCpuMs }, at): [number, number] => {
    const before = run.usage[at]!;
    return [second, (ownCpuMs - before.ownCpuMs) / (second - before.second) / 10];
  });
  const servers = serverSeries(run, (now, before, seconds) =>
    before === undefined ? undefined : (now.cpuMs - before.cpuMs) / seconds / 10,
  );
  return {
    title: 'CPU',
    unit: '% of one core',
    series: [...servers, { name: 'this generator', points: own }],
  };
}

const memory = (run: RunReport): Chart => ({
  title: 'Resident memory',
  unit: 'MiB',
  series: serverSeries(run, ({ residentBytes }) => residentBytes / MIB),
});

const loopDelay = (run: RunReport): Chart => ({
  title: 'Event-loop delay, p99 of each second',
  unit: 'ms',
  series: serverSeries(run, ({ loopDelayP99Ms }) => loopDelayP99Ms),
});
