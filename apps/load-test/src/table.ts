import { decodeHistogram, type Histogram, percentileMs } from '@parley/load-generator';
import type { Report, RunReport } from './report.js';

const PERCENTS = [50, 90, 99, 99.9] as const;

const whole = (value: number): string => Math.round(value).toLocaleString('en');
const ms = (value: number): string => `${value.toFixed(value < 100 ? 1 : 0)} ms`;
const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

/** Columns as wide as their widest cell, all but the first aligned to the right. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const pad = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!);
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}

/** The report for a terminal. */
export function table(report: Report): string {
  const { scenario, runs, limit } = report;
  const parts = [
    headOf(report),
    ...(limit === undefined ? runs.map(runTable) : [steps(report), limitOf(report)]),
  ];
  const growth = scenario === 'idle' ? memoryPerConnection(report) : undefined;
  if (growth !== undefined)
    parts.push(`memory per connection: ${(growth / 1_024).toFixed(1)} KiB, by what the servers grew`);
  return parts.join('\n\n');
}

const headOf = ({ scenario, connections, senders, bytes, machines, entered }: Report): string =>
  `${scenario}: ${whole(connections)} connections, ${whole(senders)} senders, ${bytes} bytes; on ${machines.join(' and ')}\n` +
  `entered: p50 ${ms(percentileMs(decodeHistogram(entered), 50))}, max ${ms(percentileMs(decodeHistogram(entered), 100))}`;

const limitOf = ({ limit, runs }: Report): string => {
  const run = runs.find(({ rate }) => rate === limit);
  if (run === undefined) return 'limit: not even the first rate held';
  return `limit: ${whole(run.rate)} messages/s, ${whole(run.deliveries / run.seconds)} deliveries/s`;
};

/** Bytes per connection that the watched processes grew by from before the ramp to the end; undefined when none is watched. */
export function memoryPerConnection({ serversBefore, runs, connections }: Report): number | undefined {
  const grown = runs.at(-1)!.servers.flatMap(({ name, residentBytes }) => {
    const before = serversBefore.find((server) => server.name === name);
    return before === undefined ? [] : [residentBytes - before.residentBytes];
  });
  return grown.length === 0 ? undefined : grown.reduce((sum, bytes) => sum + bytes, 0) / connections;
}

/** One line for each rate that was tried. */
function steps({ runs }: Report): string {
  const rows = runs.map((run) => {
    const latency = decodeHistogram(run.latency);
    const { lost, doubled, disordered } = run.account;
    return [
      `${whole(run.rate)}/s`,
      whole(run.deliveries / run.seconds),
      ms(percentileMs(latency, 50)),
      ms(percentileMs(latency, 99)),
      `${lost}/${doubled}/${disordered}`,
      micros(cpuMs(run), run),
      micros(run.ownCpuMs, run),
    ];
  });
  const head = ['messages', 'deliveries/s', 'p50', 'p99', 'lost/doubled/disordered'];
  return columns([[...head, 'servers µs/delivery', 'generator'], ...rows]);
}

function runTable(run: RunReport): string {
  const { rate, seconds, sent, deliveries, total, account } = run;
  const { lost, doubled, disordered } = account;
  const unanswered = total.sent - total.acknowledged;
  const lines = [
    `${whole(rate)} messages/s for ${Number(seconds.toFixed(1))} s: ${whole(sent)} sent, ${whole(deliveries / seconds)} deliveries/s`,
    `in all ${whole(total.sent)} sent, ${whole(total.acknowledged)} acknowledged${unanswered > 0 ? ` (${whole(unanswered)} not)` : ''}, ${whole(total.deliveries)} delivered`,
    `${lost} lost, ${doubled} twice, ${disordered} out of order${faults(run)}`,
    ...comings(run),
    ...account.examples.map((example) => `  lost: ${example}`),
  ];
  return [...latencies(run), lines.join('\n'), usage(run)].join('\n\n');
}

function faults({ refused, connectionsLost }: RunReport): string {
  const all = [...Object.entries(refused), ...Object.entries(connectionsLost)];
  return all.map(([reason, count]) => `, ${count} × ${reason}`).join('');
}

/** Which connections came back, and what that cost; empty where all stayed. */
function comings({ returned, resent, account, interrupted, retried, entries }: RunReport): string[] {
  const { reloads, skipped, vanished, repeated } = account;
  if (returned + reloads + resent + vanished + repeated === 0) return [];
  const [half, longest] = [50, 100].map((percent) => ms(percentileMs(decodeHistogram(entries), percent)));
  const reasons = [interrupted, retried].map((counts) =>
    Object.entries(counts).map(([reason, count]) => `  ${count} × ${reason}`),
  );
  return [
    `${whole(returned)} came back (p50 ${half}, max ${longest}), ${whole(resent)} sent again, ${reloads} reloads that skipped ${skipped}, ${vanished} acknowledged and gone, ${repeated} stored twice`,
    ...reasons.flat(),
  ];
}

/** Empty where nothing was measured. */
function latencies(run: RunReport): string[] {
  const row = (name: string, histogram: Histogram): string[] => [
    name,
    ...PERCENTS.map((percent) => ms(percentileMs(histogram, percent))),
    ms(percentileMs(histogram, 100)),
  ];
  const { latencyByUrl } = run;
  const spread = latencyByUrl.length > 1 ? latencyByUrl : [];
  const rows = [
    row('delivery', decodeHistogram(run.latency)),
    ...spread.map(({ url, latency }) => row(`  ${new URL(url).host}`, decodeHistogram(latency))),
    row('acknowledgement', decodeHistogram(run.ackLatency)),
    row('entering', decodeHistogram(run.entries)),
    row('sent late by', decodeHistogram(run.sendDelay)),
  ].filter(([, ...cells]) => cells.some((cell) => cell !== ms(0)));
  if (rows.length === 0) return [];
  return [columns([['', ...PERCENTS.map((percent) => `p${percent}`), 'max'], ...rows])];
}

const cpuMs = ({ servers }: RunReport): number => servers.reduce((sum, server) => sum + server.cpuMs, 0);

/** CPU time per delivery. */
const micros = (cpu: number, { deliveries }: RunReport): string =>
  deliveries === 0 ? '–' : `${((cpu * 1_000) / deliveries).toFixed(2)} µs`;

function usage(run: RunReport): string {
  const percent = (cpu: number) => `${(cpu / run.seconds / 10).toFixed(0)}%`;
  const delay = (value: number | undefined) => (value === undefined ? '–' : ms(value));
  const rows = run.servers.map(({ name, cpuMs: cpu, residentBytes, loopDelayP99Ms }) => [
    name,
    percent(cpu),
    micros(cpu, run),
    mib(residentBytes),
    delay(loopDelayP99Ms),
  ]);
  const own = ['this generator', percent(run.ownCpuMs), micros(run.ownCpuMs, run), '', ''];
  return columns([['', 'CPU', 'per delivery', 'memory', 'loop delay p99'], ...rows, own]);
}
