import type { RunningContestant } from '../contestants/contestant.js';
import { ALL, REFERENCE } from '../contestants/contestants.js';
import { type Crowd, cpuOf, faultsOf, openCrowd, p50, p99 } from '../measuring/load.js';
import { type Figures, inRounds } from '../measuring/rounds.js';
import { type Column, tableOfMedians } from '../report/table.js';
import { type Benchmark, entryOf, withContestants } from './benchmark.js';

const CONNECTIONS = 1_000;
const SENDERS = 100;
const RATE = 100;
/** Time for the connections to settle and the JIT compiler to finish. */
const WARM_UP_MS = 3_000;

/** The figures of one stretch of load on a crowd. CPU is per delivery. */
export async function underLoad(
  running: RunningContestant,
  crowd: Crowd,
  { rate, seconds }: { rate: number; seconds: number },
): Promise<Figures> {
  const generator = await openCrowd(running, crowd);
  try {
    const result = await generator.run({ rate, warmupMs: WARM_UP_MS, durationMs: seconds * 1_000 });
    const cpu = cpuOf(result);
    const { deliveries } = result;
    return {
      cpuUs: cpu.all / deliveries,
      gatewaysUs: cpu.gateways / deliveries,
      servicesUs: cpu.services / deliveries,
      redisUs: cpu.redis / deliveries,
      generatorUs: cpu.generator / deliveries,
      p50Ms: p50(result),
      p99Ms: p99(result),
      deliveriesPerSecond: deliveries / seconds,
      faults: faultsOf(result),
    };
  } finally {
    await generator.close();
  }
}

/** Columns for the figures of {@link underLoad}. */
export const LOAD_COLUMNS: readonly Column[] = [
  { title: 'CPU µs/delivery', value: 'cpuUs', digits: 2 },
  { title: 'ratio', value: 'cpuUs', digits: 2, ratioTo: REFERENCE.id },
  { title: 'gateways', value: 'gatewaysUs', digits: 2 },
  { title: 'services', value: 'servicesUs', digits: 2 },
  { title: 'Redis', value: 'redisUs', digits: 2 },
  { title: 'p50 ms', value: 'p50Ms', digits: 1 },
  { title: 'p99 ms', value: 'p99Ms', digits: 1 },
  { title: 'lost, doubled, out of order', value: 'faults' },
  { title: 'generator µs/delivery', value: 'generatorUs', digits: 2 },
];

/** 1,000 clients in one channel, 100 messages per second. */
export const fanOut: Benchmark = {
  name: 'fan-out',
  question: 'What does a delivery cost with 1,000 clients in one channel?',
  servers: ALL,
  takesPeers: true,
  defaults: { rounds: 3, seconds: 5 },
  measure: (options) => {
    const crowd = { connections: CONNECTIONS * options.scale, senders: SENDERS * options.scale };
    const load = { rate: RATE, seconds: options.seconds };
    return withContestants(ALL, options, crowd.connections, (started) =>
      inRounds(
        started.map((each) => entryOf(each, () => underLoad(each.running, crowd, load))),
        options.rounds,
      ),
    );
  },
  section: (measured) => tableOfMedians(measured, LOAD_COLUMNS),
};
