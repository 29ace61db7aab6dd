import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { addPairs, newHistogram, percentileMs } from '@parley/load-generator';
import { processStat } from '@parley/proc';
import { endChild } from '../contestants/child.js';
import type { Asked, ClientReport, LoadMode, MeasureOrder, Started, TransportKind } from './roles.js';

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
export const WARM_UP_MS = 6_000;
/** Pause between two loads (ms). */
const SETTLE_MS = 500;

/**
 * Starts replicas and clients as processes of their own, measures under each load, and ends them.
 *
 * @param loads for all clients together when steady, for each when in flight
 */
export function runScenario(
  kind: TransportKind,
  scenario: Scenario,
  loads: LoadMode[],
  options: RunOptions,
): Promise<Measurement[]> {
  const { port, queueAgeMs } = options;
  return withProcesses({ kind, port, queueAgeMs }, scenario, async (services, askers) => {
    const measured: Measurement[] = [];
    for (const load of loads) {
      const warmUpMs = measured.length === 0 ? WARM_UP_MS : SETTLE_MS;
      measured.push(await measure(services, askers, { load, warmUpMs, ...options }));
    }
    return measured;
  });
}

/** Starts replicas and clients, has work done with them, and ends them. */
export async function withProcesses<T>(
  started: Started,
  { replicas, clients }: Scenario,
  work: (services: ChildProcess[], askers: ChildProcess[]) => Promise<T>,
): Promise<T> {
  const children: ChildProcess[] = [];
  const start = async (role: string) => {
    const program = fileURLToPath(new URL(`${role}.js`, import.meta.url));
    const child = fork(program, [JSON.stringify(started)]);
    children.push(child);
    await once(child, 'message');
    return child;
  };
  try {
    const services = await Promise.all(Array.from({ length: replicas }, () => start('replica')));
    const askers = await Promise.all(Array.from({ length: clients }, () => start('load')));
    return await work(services, askers);
  } finally {
    await Promise.all(children.map(endChild));
  }
}

/** What a client has found. */
export type Found = Exclude<ClientReport, string>;

/**
 * Gives each client its order, and waits for what it finds.
 *
 * @param onBegin called when all of them measure.
 */
export async function reportsOf(
  orders: readonly (readonly [asker: ChildProcess, order: MeasureOrder])[],
  onBegin: () => void = () => undefined,
): Promise<Found[]> {
  const begun = orders.map(([asker]) => once(asker, 'message'));
  for (const [asker, order] of orders) asker.send(order);
  await Promise.all(begun);
  const reports = orders.map(([asker]) => once(asker, 'message') as Promise<[Found]>);
  onBegin();
  return (await Promise.all(reports)).map(([report]) => report);
}

/** The latencies that clients have found. */
export function histogramOf(found: readonly Found[]) {
  const histogram = newHistogram();
  for (const { latencies } of found) addPairs(histogram, latencies);
  return histogram;
}

async function measure(
  services: ChildProcess[],
  askers: ChildProcess[],
  { load, redisPid, warmUpMs, measureMs, asked = 'echo' }: RunOptions & { load: LoadMode; warmUpMs: number },
): Promise<Measurement> {
  const mode = 'inFlight' in load ? load : { perSecond: load.perSecond / askers.length };
  const order: MeasureOrder = { asked, mode, warmUpMs, measureMs };
  const cpu = () => ({
    service: sum(services.map((child) => processStat(child.pid!).cpuMs)),
    clients: sum(askers.map((child) => processStat(child.pid!).cpuMs)),
    redis: processStat(redisPid).cpuMs,
  });
  let before = cpu();
  const found = await reportsOf(
    askers.map((asker) => [asker, order] as const),
    () => {
      before = cpu();
    },
  );
  const latencies = histogramOf(found);
  const failures = sum(found.map((report) => report.failures));
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
