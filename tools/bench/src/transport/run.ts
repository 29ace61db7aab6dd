import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { addPairs, newHistogram, percentileMs } from '@parley/load-generator';
import { processStat } from '@parley/proc';
import { endChild } from '../contestants/child.js';
import type { Asked, ClientReport, LoadMode, MeasureOrder, TransportKind } from './roles.js';

/** How many processes take part. */
export interface Scenario {
  replicas: number;
  clients: number;
}

/** The figures of one scenario under one load. CPU is in microseconds per request. */
export interface Measurement {
  requestsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  failures: number;
  cpuPerRequestUs: { service: number; clients: number; redis: number; total: number };
}

export interface RunOptions {
  port: number;
  redisPid: number;
  measureMs: number;
  /** `echo` if absent. */
  asked?: Asked;
  /** See `queueAgeMs` of the transport. */
  queueAgeMs?: number;
}

/**
 * Warm-up before the first load (ms), which should be the heaviest. Under a steady load alone the JIT compiler would be busy for
 * minutes, and would be measured. After 3 s of warm-up, each of four replicas that share the requests still used a quarter more
 * CPU per request than after 8 s.
 */
const WARM_UP_MS = 6_000;
/** Pause between two loads (ms). */
const SETTLE_MS = 500;

/**
 * Starts replicas and clients as processes of their own, measures under each load, and ends them.
 *
 * @param loads for all clients together when steady, for each when in flight
 */
export async function runScenario(
  kind: TransportKind,
  { replicas, clients }: Scenario,
  loads: LoadMode[],
  options: RunOptions,
): Promise<Measurement[]> {
  const started: ChildProcess[] = [];
  const start = async (role: string) => {
    const age = options.queueAgeMs === undefined ? [] : [String(options.queueAgeMs)];
    const program = fileURLToPath(new URL(`${role}.js`, import.meta.url));
    const child = fork(program, [kind, String(options.port), ...age]);
    started.push(child);
    await once(child, 'message');
    return child;
  };
  try {
    const services = await Promise.all(Array.from({ length: replicas }, () => start('replica')));
    const askers = await Promise.all(Array.from({ length: clients }, () => start('load')));
    const measured: Measurement[] = [];
    for (const load of loads) {
      const warmUpMs = measured.length === 0 ? WARM_UP_MS : SETTLE_MS;
      measured.push(await measure(services, askers, { load, warmUpMs, ...options }));
    }
    return measured;
  } finally {
    await Promise.all(started.map(endChild));
  }
}

async function measure(
  services: ChildProcess[],
  askers: ChildProcess[],
  { load, redisPid, warmUpMs, measureMs, asked = 'echo' }: RunOptions & { load: LoadMode; warmUpMs: number },
): Promise<Measurement> {
  const mode = 'inFlight' in load ? load : { perSecond: load.perSecond / askers.length };
  const order: MeasureOrder = { asked, mode, warmUpMs, measureMs };
  const begun = askers.map((asker) => once(asker, 'message'));
  for (const asker of askers) asker.send(order);
  await Promise.all(begun);
  const reports = askers.map((asker) => once(asker, 'message'));
  const cpu = () => ({
    service: sum(services.map((child) => processStat(child.pid!).cpuMs)),
    clients: sum(askers.map((child) => processStat(child.pid!).cpuMs)),
    redis: processStat(redisPid).cpuMs,
  });
  const before = cpu();
  const latencies = newHistogram();
  let failures = 0;
  for (const [report] of (await Promise.all(reports)) as [Exclude<ClientReport, string>][]) {
    addPairs(latencies, report.latencies);
    failures += report.failures;
  }
  const after = cpu();
  const perRequest = (part: keyof typeof before) =>
    ((after[part] - before[part]) * 1_000) / latencies.totalCount;
  const parts = {
    service: perRequest('service'),
    clients: perRequest('clients'),
    redis: perRequest('redis'),
  };
  return {
    requestsPerSecond: (latencies.totalCount * 1_000) / measureMs,
    p50Ms: percentileMs(latencies, 50),
    p99Ms: percentileMs(latencies, 99),
    failures,
    cpuPerRequestUs: { ...parts, total: parts.service + parts.clients + parts.redis },
  };
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
