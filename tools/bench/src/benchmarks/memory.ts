import { setTimeout as delay } from 'node:timers/promises';
import type { LoadGenerator } from '@parley/load-generator';
import { processUsage } from '@parley/proc';
import { type Contestant, GATEWAYS, type RunningContestant } from '../contestants/contestant.js';
import { COMPARED } from '../contestants/contestants.js';
import { Inspector } from '../measuring/inspector.js';
import { makeAccounts, openCrowd } from '../measuring/load.js';
import { Meter } from '../measuring/meter.js';
import { type Figures, inRounds } from '../measuring/rounds.js';
import { tableOfMedians } from '../report/table.js';
import type { Benchmark, RunOptions } from './benchmark.js';

/** Connections before the first reading, so that code loaded and compiled for them does not count as connections' memory. */
const FIRST = 200;
const FEW = 2_000;
const MANY = 10_000;
/** Time for the work that follows a connection, such as notifying others. */
const SETTLE_MS = 4_000;

/** Resident memory of a contestant's gateways with few and many idle connections, each user's own, in a private channel. */
async function measure(contestant: Contestant, { scale, seconds }: RunOptions): Promise<Figures> {
  const [few, many] = [FEW * scale, MANY * scale];
  const running = await contestant.start();
  // One gateway stands for both: there is one inspector port, and the gateway has every other connection.
  const pid = running.gateways()[0]!;
  const crowds: LoadGenerator[] = [];
  const readings: number[] = [];
  const inspector = await Inspector.attach(pid);
  const grow = async (connections: number) => {
    crowds.push(await openCrowd(running, { connections, senders: 0, rooms: connections / 2 }));
    await delay(SETTLE_MS);
    await inspector.collectGarbage();
    readings.push(processUsage(pid).residentBytes);
  };
  try {
    await makeAccounts(running, many);
    await grow(FIRST * scale);
    await grow(few);
    await grow(many - few);
    const [first, atFew, atMany] = readings as [number, number, number];
    return {
      baseBytes: first,
      fewBytes: ((atFew - first) * GATEWAYS) / few,
      manyBytes: ((atMany - first) * GATEWAYS) / many,
      slopeBytes: ((atMany - atFew) * GATEWAYS) / (many - few),
      idleUs: await idleCpu(running, many, seconds),
    };
  } finally {
    inspector.close();
    await Promise.all(crowds.map((crowd) => crowd.close()));
    await running.stop();
  }
}

/** CPU in µs that all server processes spend per second on an idle connection. */
async function idleCpu(running: RunningContestant, connections: number, seconds: number): Promise<number> {
  const meter = new Meter(running);
  const { usage } = await meter.during(() => delay(seconds * 1_000));
  meter.end();
  return usage.serverUs / seconds / connections;
}

/** Memory of idle connections. Each round starts the contestant again, because a process hardly returns memory. */
export const memory: Benchmark = {
  name: 'memory',
  question: 'How much memory does an idle connection need?',
  servers: COMPARED,
  defaults: { rounds: 1, seconds: 10 },
  measure: (options) =>
    inRounds(
      COMPARED.filter(({ id }) => !options.only || options.only.includes(id)).map((contestant) => ({
        contestant: contestant.id,
        label: contestant.label,
        measure: () => measure(contestant, options),
      })),
      options.rounds,
    ),
  section: (measured) =>
    tableOfMedians(measured, [
      { title: 'KB each of 2,000', value: ({ fewBytes }) => fewBytes! / 1_000, digits: 1 },
      { title: 'KB each of 10,000', value: ({ manyBytes }) => manyBytes! / 1_000, digits: 1 },
      { title: 'KB each of 8,000 more', value: ({ slopeBytes }) => slopeBytes! / 1_000, digits: 1 },
      { title: 'a gateway at the start, MB', value: ({ baseBytes }) => baseBytes! / 1e6 },
      { title: 'CPU µs/s each, idle', value: 'idleUs', digits: 2 },
    ]),
};
