import { COMPARED, REFERENCE } from '../contestants/contestants.js';
import { type Figures, inRounds, type Measured, medians } from '../measuring/rounds.js';
import type { Path } from '../paths/path.js';
import { accountsFor, PATHS } from '../paths/paths.js';
import { isComparable, readResult } from '../report/results.js';
import { type Column, tableOfMedians } from '../report/table.js';
import { type Benchmark, entryOf, type RunOptions, type Started, withContestants } from './benchmark.js';
import { limitsOf } from './limit.js';

/** Shares of a server's highest rate. */
const SHARES = [0.25, 0.5, 0.75];
const WARM_UP_MS = 3_000;

/** The situation of a path at a share of a server's own highest rate, as recorded. */
export const situationOf = ({ title }: Path, share: number): string => `${title}, ${share * 100} %`;

/** The highest rates that are recorded of this machine, or else found now. */
async function limits(started: readonly Started[], options: RunOptions): Promise<readonly Measured[]> {
  const recorded = await readResult('limit');
  const has = ({ contestant: { id } }: Started) =>
    PATHS.every(({ title }) => recorded?.measured.some(isOf(id, title)));
  if (recorded && options.scale === 1 && isComparable(recorded) && started.every(has))
    return recorded.measured;
  return limitsOf(started, { ...options, rounds: 1 });
}

const isOf =
  (id: string, title: string) =>
  ({ contestant, situation }: Measured): boolean =>
    contestant === id && situation === title;

async function measure(
  { running }: Started,
  path: Path,
  rate: number,
  { scale, seconds }: RunOptions,
): Promise<Figures> {
  const ground = await path.open(running, scale);
  try {
    return { rate, ...(await ground.at({ rate, seconds, warmupMs: WARM_UP_MS })) };
  } finally {
    await ground.close();
  }
}

const COLUMNS: readonly Column[] = [
  { title: 'rate/s', value: 'rate' },
  { title: 'p50 ms', value: 'p50Ms', digits: 1 },
  { title: 'ratio', value: 'p50Ms', digits: 2, ratioTo: REFERENCE.id },
  { title: 'p99 ms', value: 'p99Ms', digits: 1 },
  { title: 'ratio', value: 'p99Ms', digits: 2, ratioTo: REFERENCE.id },
  { title: 'CPU µs each', value: 'cpuUs', digits: 2 },
  { title: 'gateways', value: 'gatewaysUs', digits: 2 },
  { title: 'services', value: 'servicesUs', digits: 2 },
  { title: 'Redis', value: 'redisUs', digits: 2 },
  { title: 'memory, MB', value: ({ memoryBytes }) => memoryBytes! / 1e6 },
  { title: 'faults', value: 'faults' },
];

/** How late messages arrive, and clients enter, at 25, 50 and 75 % of the highest rate of each server. */
export const latency: Benchmark = {
  name: 'latency',
  question:
    "How late do messages arrive, and clients enter, at 25, 50 and 75 % of each server's own highest rate?",
  servers: COMPARED,
  takesPeers: true,
  defaults: { rounds: 3, seconds: 5 },
  measure: (options) =>
    withContestants(COMPARED, options, accountsFor(options.scale), async (started) => {
      const found = await limits(started, options);
      const entries = PATHS.flatMap((path) =>
        SHARES.flatMap((share) =>
          started.flatMap((each) => {
            const limit = found.find(isOf(each.contestant.id, path.title));
            const rate = limit === undefined ? 0 : share * medians(limit)['rate']!;
            const run = () => measure(each, path, rate, options);
            return rate > 0 ? [entryOf(each, run, situationOf(path, share))] : [];
          }),
        ),
      );
      return inRounds(entries, options.rounds);
    }),
  section: (measured) => tableOfMedians(measured, COLUMNS),
};
