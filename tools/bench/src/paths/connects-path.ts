import { setTimeout as delay } from 'node:timers/promises';
import { type LoadGenerator, percentileMs } from '@parley/load-generator';
import { processUsage } from '@parley/proc';
import type { RunningContestant } from '../contestants/contestant.js';
import { openCrowd } from '../measuring/load.js';
import { Meter } from '../measuring/meter.js';
import type { Figures } from '../measuring/rounds.js';
import type { Load, Path } from './path.js';

/** Time for the servers to be done with those who have left. */
const SETTLE_MS = 1_000;

/** Clients who connect, sign in and join a channel of two, one after the other by a timetable. Nobody posts. */
export function connectsPath(id: string, title: string, rooms: number): Path {
  return {
    id,
    title,
    unit: 'connections',
    accounts: 2 * rooms,
    open: async (running, scale) => ({
      at: async ({ warmupMs, ...load }) => {
        if (warmupMs > 0) await entering(running, rooms * scale, { ...load, seconds: warmupMs / 1_000 });
        return entering(running, rooms * scale, load);
      },
      close: async () => {},
    }),
  };
}

/** The figures of clients who come at this rate. `faults` alone when one of them cannot enter. */
async function entering(
  running: RunningContestant,
  rooms: number,
  { rate, seconds }: Omit<Load, 'warmupMs'>,
): Promise<Figures> {
  const connections = Math.round(rate * seconds);
  const meter = new Meter(running);
  const own = process.cpuUsage();
  try {
    const crowd = { connections, senders: 0, rooms, rampMs: seconds * 1_000 };
    const { result: generator, usage } = await meter.during(() => openCrowd(running, crowd));
    const { user, system } = process.cpuUsage(own);
    const figures = figuresOf(generator, running);
    await generator.close();
    const each = (used: number) => used / connections;
    return {
      ...figures,
      perSecond: connections / seconds,
      faults: 0,
      cpuUs: each(usage.serverUs + usage.redisUs),
      gatewaysUs: each(usage.gatewayUs),
      servicesUs: each(usage.serverUs - usage.gatewayUs),
      redisUs: each(usage.redisUs),
      generatorUs: each(user + system),
    };
  } catch (error) {
    console.error(`  a client could not enter: ${(error as Error).message}`);
    return { faults: 1 };
  } finally {
    meter.end();
    await delay(SETTLE_MS);
  }
}

const figuresOf = ({ entered }: LoadGenerator, running: RunningContestant) => ({
  p50Ms: percentileMs(entered, 50),
  p99Ms: percentileMs(entered, 99),
  memoryBytes: running.servers().reduce((sum, pid) => sum + processUsage(pid).residentBytes, 0),
});
