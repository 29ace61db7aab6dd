import type { LoadGenerator } from '@parley/load-generator';
import { NEST_WS, PARLEY, REFERENCE, SOCKET_IO, SOCKET_IO_STREAMS } from '../contestants/contestants.js';
import { type Crowd, cpuOf, faultsOf, openCrowd, p99 } from '../measuring/load.js';
import { type Figures, inRounds, type Measured, medians } from '../measuring/rounds.js';
import { tableOfMedians } from '../report/table.js';
import { type Benchmark, entryOf, type Started, withContestants } from './benchmark.js';
import { climb } from './climb.js';
import { LOAD_COLUMNS, underLoad } from './fan-out.js';

const CONNECTIONS = 1_000;
const SENDERS = 200;
const P99_MS = 250;
const WARM_UP_MS = 500;
/** Length of each step. The comparison at one rate lasts as long as the options say. */
const STEP_MS = 2_000;

const LIMIT = 'highest rate';
const SAME_RATE = "at Socket.IO's highest rate";

/** The highest rate with p99 within its bound and no loss, and what a delivery costs there. */
async function highestRate({ running }: Started, crowd: Crowd): Promise<Figures> {
  const generator = await openCrowd(running, crowd);
  try {
    let best: Figures = {};
    const holds = async (rate: number) => {
      const figures = await step(generator, rate);
      const held = figures['p99Ms']! <= P99_MS && figures['faults'] === 0;
      if (held) best = figures;
      return held;
    };
    // A step that fails is tried once more: on a shared machine, one busy second of another program would end the climb.
    const rate = await climb(async (each) => (await holds(each)) || (await holds(each)));
    return { ...best, rate };
  } finally {
    await generator.close();
  }
}

async function step(generator: LoadGenerator, rate: number): Promise<Figures> {
  const result = await generator.run({ rate, warmupMs: WARM_UP_MS, durationMs: STEP_MS });
  const { deliveries } = result;
  const cpu = cpuOf(result);
  const figures = {
    p99Ms: p99(result),
    faults: faultsOf(result),
    deliveriesPerSecond: (deliveries * 1_000) / STEP_MS,
    cpuUs: cpu.all / deliveries,
    generatorUs: cpu.generator / deliveries,
  };
  console.error(`  ${rate}/s: ${JSON.stringify(figures)}`);
  return figures;
}

/** 1,000 clients in one channel, at the highest rate that each holds, and at Socket.IO's. */
export const limit: Benchmark = {
  name: 'limit',
  question: "How many deliveries per second are possible, and what do they cost at Socket.IO's limit?",
  defaults: { rounds: 3, seconds: 4 },
  measure: (options) => {
    const crowd = { connections: CONNECTIONS * options.scale, senders: SENDERS * options.scale };
    const contestants = [PARLEY, SOCKET_IO, SOCKET_IO_STREAMS, NEST_WS];
    return withContestants(contestants, options, crowd.connections, async (started) => {
      const limits = await inRounds(
        started.map((each) => entryOf(each, () => highestRate(each, crowd), LIMIT)),
        options.rounds,
      );
      const rate = referenceRate(limits);
      const both = started.filter(({ contestant }) => [PARLEY, SOCKET_IO].includes(contestant));
      const load = { rate, seconds: options.seconds };
      const compared = await inRounds(
        both.map((each) => entryOf(each, () => underLoad(each.running, crowd, load), SAME_RATE)),
        rate > 0 ? options.rounds : 0,
      );
      return [...limits, ...compared];
    });
  },
  section: (measured) => {
    const of = (situation: string) => plain(measured.filter((each) => each.situation === situation));
    const rate = referenceRate(measured.filter(({ situation }) => situation === LIMIT));
    return [
      tableOfMedians(of(LIMIT), [
        { title: 'messages/s', value: 'rate' },
        { title: 'deliveries/s', value: 'deliveriesPerSecond' },
        { title: 'ratio', value: 'deliveriesPerSecond', digits: 1, ratioTo: REFERENCE.id },
        { title: 'p99 ms', value: 'p99Ms', digits: 0 },
        { title: 'CPU µs/delivery', value: 'cpuUs', digits: 2 },
        { title: 'generator µs/delivery', value: 'generatorUs', digits: 2 },
      ]),
      `At Socket.IO's highest rate, ${rate} messages/s:`,
      tableOfMedians(of(SAME_RATE), LOAD_COLUMNS),
    ].join('\n\n');
  },
};

const plain = (measured: readonly Measured[]) => measured.map((each) => ({ ...each, situation: undefined }));

function referenceRate(limits: readonly Measured[]): number {
  const reference = limits.find(({ contestant }) => contestant === REFERENCE.id);
  return reference ? medians(reference)['rate']! : 0;
}
