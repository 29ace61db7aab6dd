import { COMPARED } from '../contestants/contestants.js';
import { inRounds } from '../measuring/rounds.js';
import { tableOfMedians } from '../report/table.js';
import { type Benchmark, entryOf, withContestants } from './benchmark.js';
import { LOAD_COLUMNS, underLoad } from './fan-out.js';

const ROOMS = 100;
const MEMBERS = 20;
const RATE = 500;

/** 100 rooms of 20 connections each, 500 messages per second in all. */
export const rooms: Benchmark = {
  name: 'rooms',
  question: 'What does a delivery cost with many small rooms?',
  servers: COMPARED,
  takesPeers: true,
  defaults: { rounds: 3, seconds: 5 },
  measure: (options) => {
    const count = ROOMS * options.scale;
    const crowd = { connections: count * MEMBERS, senders: count, rooms: count };
    const load = { rate: RATE * options.scale, seconds: options.seconds };
    return withContestants(COMPARED, options, 2 * count, (started) =>
      inRounds(
        started.map((each) => entryOf(each, () => underLoad(each.running, crowd, load))),
        options.rounds,
      ),
    );
  },
  section: (measured) => tableOfMedians(measured, LOAD_COLUMNS),
};
