import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { median, startRedis } from '@parley/testing';
import { refuseOtherNode } from '../node/images-node.js';
import { writeSection } from '../report/document.js';
import { mastersTable, measureMasters } from './masters.js';
import { measureOverload, overloadTable } from './overload.js';
import type { LoadMode, TransportKind } from './roles.js';
import { type Measurement, type RunOptions, runScenario, type Scenario } from './run.js';
import { measureStorm, stormTable } from './storm.js';
import { progressLine, type TransportResult, type TransportRow, transportSection } from './table.js';

const KINDS: TransportKind[] = ['stock', 'streams'];
const COUNTS = [1, 2, 4];
const LOADS: LoadMode[] = [{ inFlight: 32 }, { perSecond: 1_000 }];
const RESULTS = fileURLToPath(new URL('../../results/transport.json', import.meta.url));

/** What is measured instead, with these options, and only printed: a table. */
const PRINTED = [
  ['overload', async (rounds, options) => overloadTable(await measureOverload(rounds, options))],
  ['storm', async (rounds, options) => stormTable(await measureStorm(rounds, options))],
  ['masters', async (rounds, options) => mastersTable(await measureMasters(rounds, options))],
] as const satisfies [string, (rounds: number, options: RunOptions) => Promise<string>][];

/** Whether a run with these arguments is recorded. */
export const isRecorded = (args: readonly string[]): boolean =>
  !args.some((arg) => arg.startsWith('--only') || PRINTED.some(([option]) => arg === `--${option}`));

/**
 * Compares this transport with Nest's `Transport.REDIS` on a separate redis-server, alternately in one run:
 * `npm run bench -- transport [--rounds 3] [--seconds 2] [--only 4x1,2x2] [--overload] [--storm] [--masters]`. Each figure is the median of the rounds. With
 * `--only` (replicas x clients) nothing is recorded. With `--overload` it measures what is answered in time at twice the limit instead, with `--storm`
 * how long posts take beside a storm of pages, with `--masters` what the masters of a Cluster have to do, and records nothing.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '2' },
      only: { type: 'string' },
      overload: { type: 'boolean', default: false },
      storm: { type: 'boolean', default: false },
      masters: { type: 'boolean', default: false },
    },
  });
  // On a busy machine the figures mean little, so the load average is recorded with them.
  const [loadBefore] = loadavg();
  const redis = await startRedis();
  try {
    const options = {
      port: redis.port,
      redisPid: redis.pid,
      measureMs: Number(values.seconds) * 1_000,
    };
    const printed = PRINTED.find(([option]) => values[option]);
    if (printed) return console.log(await printed[1](Number(values.rounds), options));
    const rows: TransportRow[] = [];
    for (const scenario of scenarios(values.only))
      rows.push(...(await compare(scenario, Number(values.rounds), options)));
    const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version.slice(1) };
    const times = { rounds: Number(values.rounds), seconds: Number(values.seconds) };
    const result = { measuredAt: new Date().toISOString(), machine, ...times, loadBefore: loadBefore!, rows };
    console.log(transportSection(result));
    if (!values.only) await record(result);
  } finally {
    await redis.remove();
  }
}

function scenarios(only?: string): Scenario[] {
  const pairs = COUNTS.flatMap((replicas) => COUNTS.map((clients) => ({ replicas, clients })));
  const wanted = only?.split(',');
  return pairs.filter(({ replicas, clients }) => wanted?.includes(`${replicas}x${clients}`) ?? true);
}

async function compare(scenario: Scenario, rounds: number, options: RunOptions): Promise<TransportRow[]> {
  const measured: Record<TransportKind, Measurement[][]> = { stock: [], streams: [] };
  for (let round = 0; round < rounds; round++) {
    for (const kind of KINDS) measured[kind].push(await runScenario(kind, scenario, LOADS, options));
  }
  const rows = LOADS.map((load, at) => {
    const stock = middleOf(measured.stock.map((each) => each[at]!));
    const streams = middleOf(measured.streams.map((each) => each[at]!));
    const ratio = streams.requestsPerSecond / stock.requestsPerSecond;
    return { scenario: { ...scenario, load }, stock, streams, ratio };
  });
  for (const row of rows) console.error(progressLine(row));
  return rows;
}

/** The median of each figure; failures are added up. */
function middleOf(measurements: Measurement[]): Measurement {
  const middle = (value: (measurement: Measurement) => number) => median(measurements.map(value));
  return {
    requestsPerSecond: middle((each) => each.requestsPerSecond),
    p50Ms: middle((each) => each.p50Ms),
    p99Ms: middle((each) => each.p99Ms),
    failures: measurements.reduce((sum, each) => sum + each.failures, 0),
    cpuPerRequestUs: {
      service: middle((each) => each.cpuPerRequestUs.service),
      clients: middle((each) => each.cpuPerRequestUs.clients),
      redis: middle((each) => each.cpuPerRequestUs.redis),
      total: middle((each) => each.cpuPerRequestUs.total),
    },
  };
}

/** The recorded result of the last run. */
export async function readTransportResult(): Promise<TransportResult> {
  return JSON.parse(await readFile(RESULTS, 'utf8')) as TransportResult;
}

/** Writes the recorded result into the document. */
export async function renderTransport(): Promise<void> {
  await writeSection('transport', transportSection(await readTransportResult()));
}

async function record(result: TransportResult): Promise<void> {
  refuseOtherNode(result.machine.node);
  await mkdir(new URL('../../results/', import.meta.url), { recursive: true });
  await writeFile(RESULTS, `${JSON.stringify(result, null, 2)}\n`);
  await renderTransport();
}
