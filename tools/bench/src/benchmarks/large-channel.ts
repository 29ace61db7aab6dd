import type { RunningContestant } from '../contestants/contestant.js';
import { PARLEY } from '../contestants/contestants.js';
import { cpuOf, faultsOf, p50, p99 } from '../measuring/load.js';
import { meteredRun } from '../measuring/metered-run.js';
import { type Figures, inRounds } from '../measuring/rounds.js';
import { tableOfMedians } from '../report/table.js';
import { type Benchmark, entryOf, withContestants } from './benchmark.js';

const SIZES = [100, 1_000, 10_000];
/** Several connections belong to one user, as devices do. */
const ACCOUNTS = 1_000;
const RATE = 10;
const WARM_UP_MS = 2_000;

async function measure(running: RunningContestant, connections: number, seconds: number): Promise<Figures> {
  const crowd = { connections, senders: 5 };
  const { result, usage } = await meteredRun(running, crowd, { rate: RATE, warmupMs: WARM_UP_MS, seconds });
  const { sent, total } = result;
  const { redisCalls: calls } = usage;
  const cpu = cpuOf(result);
  return {
    appends: (calls['xadd'] ?? 0) / total.sent,
    publishes: ((calls['publish'] ?? 0) + (calls['spublish'] ?? 0)) / total.sent,
    gatewaysUs: cpu.gateways / sent,
    deliveryUs: cpu.gateways / result.deliveries,
    redisUs: cpu.redis / sent,
    p50Ms: p50(result),
    p99Ms: p99(result),
    faults: faultsOf(result),
  };
}

/** What one send costs as its channel grows. */
export const largeChannel: Benchmark = {
  name: 'large-channel',
  question: 'What does a send cost as its channel grows?',
  defaults: { rounds: 3, seconds: 4 },
  measure: (options) => {
    const sizes = SIZES.map((size) => size * options.scale);
    return withContestants([PARLEY], options, ACCOUNTS, (started) =>
      inRounds(
        started.flatMap((each) =>
          sizes.map((size) =>
            entryOf(
              each,
              () => measure(each.running, size, options.seconds),
              `${size.toLocaleString('en')} members`,
            ),
          ),
        ),
        options.rounds,
      ),
    );
  },
  section: (measured) =>
    tableOfMedians(measured, [
      { title: 'appends/send', value: 'appends', digits: 2 },
      { title: 'publishes/send', value: 'publishes', digits: 2 },
      { title: 'Redis µs/send', value: 'redisUs' },
      { title: 'gateways µs/send', value: 'gatewaysUs' },
      { title: 'gateways µs/delivery', value: 'deliveryUs', digits: 2 },
      { title: 'p50 ms', value: 'p50Ms', digits: 1 },
      { title: 'p99 ms', value: 'p99Ms', digits: 1 },
      { title: 'lost, doubled, out of order', value: 'faults' },
    ]),
};
