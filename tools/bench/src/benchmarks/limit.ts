import { COMPARED, REFERENCE } from '../contestants/contestants.js';
import { type Figures, inRounds, type Measured } from '../measuring/rounds.js';
import { LAST_RATE } from '../paths/climb.js';
import { highestRate } from '../paths/highest-rate.js';
import type { Path } from '../paths/path.js';
import { accountsFor, PATHS } from '../paths/paths.js';
import { type Column, tableOfMedians } from '../report/table.js';
import { type Benchmark, entryOf, type RunOptions, type Started, withContestants } from './benchmark.js';

async function measure({ running }: Started, path: Path, { seconds, scale }: RunOptions): Promise<Figures> {
  const ground = await path.open(running, scale);
  try {
    return await highestRate(ground, seconds, { last: LAST_RATE * scale });
  } finally {
    await ground.close();
  }
}

/** The highest rate of each server on each path, in as many rounds as the options say. */
export const limitsOf = (started: readonly Started[], options: RunOptions): Promise<Measured[]> =>
  inRounds(
    PATHS.flatMap((path) =>
      started.map((each) => entryOf(each, () => measure(each, path, options), path.title)),
    ),
    options.rounds,
  );

const percent = (share: number | undefined) => (share === undefined ? undefined : share * 100);

const COLUMNS: readonly Column[] = [
  { title: 'highest rate/s', value: 'rate' },
  { title: 'ratio', value: 'rate', digits: 1, ratioTo: REFERENCE.id },
  { title: 'deliveries/s, or entered/s', value: 'perSecond' },
  { title: 'p99 ms', value: 'p99Ms', digits: 0 },
  { title: 'CPU µs each', value: 'cpuUs', digits: 2 },
  { title: 'generator µs each', value: 'generatorUs', digits: 2 },
  { title: 'in time at twice the rate, %', value: ({ goodput }) => percent(goodput) },
];

/** The highest rate of messages to one room, to many and to pairs, and of clients who connect. */
export const limit: Benchmark = {
  name: 'limit',
  question: 'What is the highest rate with a p99 of 250 ms at most, and what does twice that rate do?',
  servers: COMPARED,
  takesPeers: true,
  defaults: { rounds: 3, seconds: 4 },
  measure: (options) =>
    withContestants(COMPARED, options, accountsFor(options.scale), (started) => limitsOf(started, options)),
  section: (measured) => {
    const missing = PATHS.filter(({ title }) => !measured.some(({ situation }) => situation === title));
    const note = `Not measured yet: ${missing.map(({ title }) => title).join('; ')}.`;
    return [tableOfMedians(measured, COLUMNS), ...(missing.length > 0 ? [note] : [])].join('\n\n');
  },
};
