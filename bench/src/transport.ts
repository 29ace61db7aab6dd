import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startRedis } from '@parley/testing';
import type { LoadMode, TransportKind } from './transport-roles.js';
import { type Measurement, type RunOptions, runScenario, type Scenario } from './transport-run.js';

const KINDS: TransportKind[] = ['stock', 'streams'];
const COUNTS = [1, 2, 4];
const LOADS: LoadMode[] = [{ inFlight: 32 }, { perSecond: 1_000 }];
const RESULTS = fileURLToPath(new URL('../results/transport.json', import.meta.url));

interface Row {
  scenario: Scenario & { load: LoadMode };
  stock: Measurement;
  streams: Measurement;
  /** Requests per second, ours to the stock one's. */
  ratio: number;
}

/**
 * Compares this transport with Nest's `Transport.REDIS` on a redis-server of its own, both in one run and in turn:
 * `npm run bench -- transport [--rounds 3] [--seconds 2] [--only 2x2]`. Each figure is the median of the rounds.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '2' },
      only: { type: 'string' },
    },
  });
  // Beside other work the figures mean little: what the machine was doing before stands with them.
  const [loadBefore] = loadavg();
  const redis = await startRedis();
  try {
    const options = {
      port: redis.port,
      redisPid: redis.pid,
      measureMs: Number(values.seconds) * 1_000,
    };
    const rows: Row[] = [];
    for (const scenario of scenarios(values.only))
      rows.push(...(await compare(scenario, Number(values.rounds), options)));
    console.log(table(rows));
    if (!values.only)
      await record(rows, { rounds: Number(values.rounds), seconds: Number(values.seconds), loadBefore });
  } finally {
    await redis.remove();
  }
}

function scenarios(only?: string): Scenario[] {
  const pairs = COUNTS.flatMap((replicas) => COUNTS.map((clients) => ({ replicas, clients })));
  return pairs.filter(({ replicas, clients }) => !only || only === `${replicas}x${clients}`);
}

async function compare(scenario: Scenario, rounds: number, options: RunOptions): Promise<Row[]> {
  const measured: Record<TransportKind, Measurement[][]> = { stock: [], streams: [] };
  for (let round = 0; round < rounds; round++) {
    for (const kind of KINDS) measured[kind].push(await runScenario(kind, scenario, LOADS, options));
  }
  const rows = LOADS.map((load, at) => {
    const stock = median(measured.stock.map((each) => each[at]!));
    const streams = median(measured.streams.map((each) => each[at]!));
    const ratio = streams.requestsPerSecond / stock.requestsPerSecond;
    return { scenario: { ...scenario, load }, stock, streams, ratio };
  });
  for (const row of rows) console.error(line(row));
  return rows;
}

function median(measurements: Measurement[]): Measurement {
  const middle = (value: (measurement: Measurement) => number) => {
    const sorted = measurements.map(value).sort((a, b) => a - b);
    const at = sorted.length / 2;
    return (sorted[Math.floor(at)]! + sorted[Math.ceil(at) - 1]!) / 2;
  };
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

const HEAD = [
  '| replicas × clients | load | requests/s stock | ours | ratio | p50 ms stock | ours | p99 ms stock | ours | CPU µs/request stock | ours (service + clients + Redis) |',
  '| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
];

function table(rows: Row[]): string {
  return [...HEAD, ...rows.map(line)].join('\n');
}

function line({ scenario, stock, streams, ratio }: Row): string {
  const { replicas, clients, load } = scenario;
  const cpu = streams.cpuPerRequestUs;
  const cells = [
    `${replicas} × ${clients}`,
    'inFlight' in load ? `${load.inFlight} in flight each` : `${load.perSecond}/s in all`,
    ...[stock, streams].map(({ requestsPerSecond }) => Math.round(requestsPerSecond).toLocaleString('en')),
    ratio.toFixed(2),
    ...[stock.p50Ms, streams.p50Ms, stock.p99Ms, streams.p99Ms].map((ms) => ms.toFixed(2)),
    stock.cpuPerRequestUs.total.toFixed(1),
    `${cpu.total.toFixed(1)} (${cpu.service.toFixed(1)} + ${cpu.clients.toFixed(1)} + ${cpu.redis.toFixed(1)})`,
  ];
  return `| ${cells.join(' | ')} |`;
}

async function record(rows: Row[], settings: Record<string, number | undefined>): Promise<void> {
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version };
  const body = { measuredAt: new Date().toISOString(), machine, ...settings, rows };
  await mkdir(new URL('../results/', import.meta.url), { recursive: true });
  await writeFile(RESULTS, `${JSON.stringify(body, null, 2)}\n`);
}
