import type { LoadGenerator } from '@parley/load-generator';
import { COMPARED, REFERENCE } from '../contestants/contestants.js';
import { openCrowd } from '../measuring/load.js';
import { Meter } from '../measuring/meter.js';
import { type Figures, inRounds } from '../measuring/rounds.js';
import { tableOfMedians } from '../report/table.js';
import { type Benchmark, entryOf, type Started, withContestants } from './benchmark.js';

const CONNECTIONS = 5_000;
/** How long after the start of the measurement the connections are cut. */
const STORM_AFTER_MS = 200;

/** What it costs to connect all clients, and to cut all of them and have them back at once. */
async function measure({ running }: Started, connections: number): Promise<Figures> {
  const meter = new Meter(running);
  const crowd = { connections, senders: 0, rooms: connections / 2 };
  let generator: LoadGenerator | undefined;
  try {
    const entering = await meter.during(() => openCrowd(running, crowd));
    generator = entering.result;
    const back = await meter.during(() => storm(entering.result));
    return {
      connectUs: entering.usage.serverUs / connections,
      connectRedisUs: entering.usage.redisUs / connections,
      resumeUs: back.usage.serverUs / connections,
      resumeRedisUs: back.usage.redisUs / connections,
      backSeconds: back.result,
    };
  } finally {
    meter.end();
    await generator?.close();
  }
}

/** Cuts all connections. Resolves with the seconds until the last one is back, and rejects when one is not. */
async function storm(generator: LoadGenerator): Promise<number> {
  const { entries } = await generator.run({
    rate: 0,
    warmupMs: 0,
    durationMs: STORM_AFTER_MS,
    stormAfterMs: STORM_AFTER_MS,
  });
  return entries.maxValue / 1e6;
}

/** 5,000 clients connect to private channels of two, and come back after a cut, by their access keys. */
export const connect: Benchmark = {
  name: 'connect',
  question: 'What does it cost to connect and to come back, and how soon are 5,000 clients back?',
  servers: COMPARED,
  takesPeers: true,
  defaults: { rounds: 3, seconds: 0 },
  measure: (options) => {
    const connections = CONNECTIONS * options.scale;
    return withContestants(COMPARED, options, connections, (started) =>
      inRounds(
        started.map((each) => entryOf(each, () => measure(each, connections))),
        options.rounds,
      ),
    );
  },
  section: (measured) =>
    tableOfMedians(measured, [
      { title: 'CPU µs to connect', value: 'connectUs' },
      { title: 'ratio', value: 'connectUs', digits: 2, ratioTo: REFERENCE.id },
      { title: 'Redis', value: 'connectRedisUs' },
      { title: 'CPU µs to come back', value: 'resumeUs' },
      { title: 'ratio', value: 'resumeUs', digits: 2, ratioTo: REFERENCE.id },
      { title: 'Redis', value: 'resumeRedisUs' },
      { title: 'all back after s', value: 'backSeconds', digits: 1 },
    ]),
};
