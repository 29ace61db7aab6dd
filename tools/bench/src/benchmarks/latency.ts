import { BARE, NEST_WS, PARLEY, REFERENCE, SOCKET_IO } from '../contestants/contestants.js';
import { inRounds } from '../measuring/rounds.js';
import { type Column, tableOfMedians } from '../report/table.js';
import { type Benchmark, entryOf, withContestants } from './benchmark.js';
import { LOAD_COLUMNS, underLoad } from './fan-out.js';

const CONNECTIONS = 1_000;
const SENDERS = 100;
/** Messages per second, from hardly any load to as much as the peers can do here. */
const RATES = [20, 50, 100];
/** Rates for those that can do more. */
const HIGHER_RATES = [200, 1_000];

const COLUMNS: readonly Column[] = [
  { title: 'p50 ms', value: 'p50Ms', digits: 1 },
  { title: 'ratio', value: 'p50Ms', digits: 2, ratioTo: REFERENCE.id },
  { title: 'p99 ms', value: 'p99Ms', digits: 1 },
  { title: 'ratio', value: 'p99Ms', digits: 2, ratioTo: REFERENCE.id },
  ...LOAD_COLUMNS.filter(({ title }) => !title.startsWith('p')),
];

/** 1,000 clients in one channel: how late messages arrive at different rates, and what a delivery costs. */
export const latency: Benchmark = {
  name: 'latency',
  question: 'How late do messages arrive, from hardly any load to as much as the peers can do?',
  defaults: { rounds: 3, seconds: 5 },
  measure: (options) => {
    const crowd = { connections: CONNECTIONS * options.scale, senders: SENDERS * options.scale };
    return withContestants([PARLEY, SOCKET_IO, NEST_WS, BARE], options, crowd.connections, (started) =>
      inRounds(
        [...RATES, ...HIGHER_RATES].flatMap((rate) =>
          started
            .filter(({ contestant }) => contestant === PARLEY || RATES.includes(rate))
            .map((each) => {
              const load = { rate, seconds: options.seconds };
              return entryOf(each, () => underLoad(each.running, crowd, load), `${rate} messages/s`);
            }),
        ),
        options.rounds,
      ),
    );
  },
  section: (measured) => tableOfMedians(measured, COLUMNS),
};
