import { setTimeout as delay } from 'node:timers/promises';
import type { LoadGenerator } from '@parley/load-generator';
import type { Benchmark, RunOptions } from './benchmark.js';
import type { Contestant, RunningContestant } from './contestant.js';
import { NEST_WS, PARLEY, SOCKET_IO, SOCKET_IO_STREAMS } from './contestants.js';
import { makeAccounts, openCrowd } from './load.js';
import { Meter } from './meter.js';
import { residentBytes } from './process-memory.js';
import { type Figures, inRounds } from './rounds.js';
import { markdownTable } from './table.js';

/** Connections before the first reading: what a process loads and compiles for them is no connection's memory. */
const FIRST = 200;
const FEW = 2_000;
const MANY = 10_000;
/** V8 gives back what it does not need some seconds after it has come to rest. */
const REST_MS = 10_000;

/** Resident memory of a contestant's gateways with few and many idle connections, each user's own, in a private channel. */
async function measure(contestant: Contestant, { scale, seconds }: RunOptions): Promise<Figures> {
  const [few, many] = [FEW * scale, MANY * scale];
  const running = await contestant.start();
  const crowds: LoadGenerator[] = [];
  const readings: number[] = [];
  const grow = async (connections: number) => {
    crowds.push(await openCrowd(running, { connections, senders: 0, rooms: connections / 2 }));
    await delay(REST_MS);
    readings.push(resident(running));
  };
  try {
    await makeAccounts(running, many);
    await grow(FIRST * scale);
    await grow(few);
    await grow(many - few);
    const [first, atFew, atMany] = readings as [number, number, number];
    return {
      baseBytes: first,
      fewBytes: (atFew - first) / few,
      manyBytes: (atMany - first) / many,
      slopeBytes: (atMany - atFew) / (many - few),
      idleUs: await idleCpu(running, many, seconds),
    };
  } finally {
    await Promise.all(crowds.map((crowd) => crowd.close()));
    await running.stop();
  }
}

const resident = (running: RunningContestant) =>
  running.gateways().reduce((sum, pid) => sum + residentBytes(pid), 0);

/** CPU in µs that all server processes spend per second on an idle connection. */
async function idleCpu(running: RunningContestant, connections: number, seconds: number): Promise<number> {
  const meter = new Meter(running);
  const { usage } = await meter.during(() => delay(seconds * 1_000));
  meter.end();
  return usage.serverUs / seconds / connections;
}

/** Memory of idle connections. Each contestant is started anew: what a process has grown to, it hardly gives back. */
export const memory: Benchmark = {
  name: 'memory',
  defaults: { rounds: 1, seconds: 10 },
  measure: (options) =>
    inRounds(
      [PARLEY, SOCKET_IO, SOCKET_IO_STREAMS, NEST_WS]
        .filter(({ id }) => !options.only || options.only.includes(id))
        .map((contestant) => ({
          contestant: contestant.id,
          label: contestant.label,
          measure: () => measure(contestant, options),
        })),
      options.rounds,
    ),
  section: (measured) =>
    markdownTable(measured, [
      { title: 'KB each of 2,000', value: ({ fewBytes }) => fewBytes! / 1_000, digits: 1 },
      { title: 'KB each of 10,000', value: ({ manyBytes }) => manyBytes! / 1_000, digits: 1 },
      { title: 'KB each of 8,000 more', value: ({ slopeBytes }) => slopeBytes! / 1_000, digits: 1 },
      { title: 'both gateways at the start, MB', value: ({ baseBytes }) => baseBytes! / 1e6 },
      { title: 'CPU µs/s each, idle', value: 'idleUs', digits: 2 },
    ]),
};
