import { markdownRows, shown } from '../report/table.js';
import type { LoadMode } from './roles.js';
import type { Measurement, Scenario } from './run.js';

/** Both transports under one load. */
export interface TransportRow {
  scenario: Scenario & { load: LoadMode };
  stock: Measurement;
  streams: Measurement;
  /** Requests per second: ours divided by the stock transport's. */
  ratio: number;
}

/** The result in `tools/bench/results/transport.json`. */
export interface TransportResult {
  measuredAt: string;
  machine: { cpu?: string; cores: number; node: string };
  rounds: number;
  /** How long each measurement took. */
  seconds: number;
  /** Load average when the run began. */
  loadBefore: number;
  rows: TransportRow[];
}

const CLOSED_LOOP = [
  'replicas × clients',
  ...['requests/s, `Transport.REDIS`', 'ours', 'ratio'],
  ...['p99 ms, `Transport.REDIS`', 'ours', 'CPU µs/request, `Transport.REDIS`', 'ours'],
];
const STEADY = [
  'replicas × clients',
  ...['p50 ms, `Transport.REDIS`', 'ours', 'p99 ms, `Transport.REDIS`', 'ours'],
  ...['CPU µs/request, `Transport.REDIS`', 'ours', 'of it service + clients + Redis'],
];

/** The document's section about a run. */
export function transportSection({ rows, rounds, seconds, measuredAt, machine }: TransportResult): string {
  const loops = rows.filter(({ scenario }) => 'inFlight' in scenario.load);
  const steady = rows.filter(({ scenario }) => 'perSecond' in scenario.load);
  const times = `${rounds} ${rounds === 1 ? 'round' : 'rounds'} of ${seconds} s`;
  return [
    '32 requests of each client in flight:',
    markdownRows(CLOSED_LOOP, loops.map(closedLoopCells), 1),
    '1,000 requests per second of all clients together:',
    markdownRows(STEADY, steady.map(steadyCells), 1),
    `${times}, ${measuredAt.slice(0, 10)}, ${machine.cores} cores (${machine.cpu}), Node ${machine.node}.`,
  ].join('\n\n');
}

/** One measured row, as progress. */
export function progressLine(row: TransportRow): string {
  const cells = 'inFlight' in row.scenario.load ? closedLoopCells(row) : steadyCells(row);
  return [JSON.stringify(row.scenario.load), ...cells].join(' | ');
}

const name = ({ replicas, clients }: Scenario) => `${replicas} × ${clients}`;
const total = ({ cpuPerRequestUs }: Measurement) => shown(cpuPerRequestUs.total, 1);

function closedLoopCells({ scenario, stock, streams, ratio }: TransportRow): string[] {
  const rates = [stock, streams].map(({ requestsPerSecond }) => shown(requestsPerSecond));
  const p99s = [stock, streams].map(({ p99Ms }) => shown(p99Ms, 2));
  return [name(scenario), ...rates, shown(ratio, 2), ...p99s, total(stock), total(streams)];
}

function steadyCells({ scenario, stock, streams }: TransportRow): string[] {
  const both = [stock, streams];
  const { service, clients, redis } = streams.cpuPerRequestUs;
  return [
    name(scenario),
    ...both.map(({ p50Ms }) => shown(p50Ms, 2)),
    ...both.map(({ p99Ms }) => shown(p99Ms, 2)),
    ...both.map(total),
    [service, clients, redis].map((part) => shown(part, 1)).join(' + '),
  ];
}
