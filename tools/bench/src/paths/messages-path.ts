import type { RunResult } from '@parley/load-generator';
import { type Crowd, cpuOf, faultsOf, openCrowd, p50, p99 } from '../measuring/load.js';
import type { Figures } from '../measuring/rounds.js';
import { shareWithin } from '../measuring/share-within.js';
import { IN_TIME_MS, type Path } from './path.js';

/** Clients who stay and post. */
export function messagesPath(id: string, title: string, crowd: Crowd): Path {
  const { connections, senders, rooms = 0 } = crowd;
  return {
    id,
    title,
    unit: 'messages',
    accounts: rooms > 0 ? 2 * rooms : connections,
    open: async (running, scale) => {
      const sized = { connections: connections * scale, senders: senders * scale, rooms: rooms * scale };
      const generator = await openCrowd(running, sized);
      return {
        at: async ({ rate, seconds, warmupMs }) =>
          figuresOf(await generator.run({ rate, warmupMs, durationMs: seconds * 1_000 })),
        close: () => generator.close(),
      };
    },
  };
}

export function figuresOf(result: RunResult): Figures {
  const { deliveries, latency, seconds, servers } = result;
  const cpu = cpuOf(result);
  const each = (used: number) => used / Math.max(1, deliveries);
  const memory = servers.filter(({ name }) => !name.startsWith('redis'));
  return {
    perSecond: deliveries / seconds,
    inTimePerSecond: (latency.totalCount * shareWithin(latency, IN_TIME_MS * 1_000)) / seconds,
    p50Ms: p50(result),
    p99Ms: p99(result),
    faults: faultsOf(result),
    cpuUs: each(cpu.all),
    gatewaysUs: each(cpu.gateways),
    servicesUs: each(cpu.services),
    redisUs: each(cpu.redis),
    generatorUs: each(cpu.generator),
    memoryBytes: memory.reduce((sum, { residentBytes }) => sum + residentBytes, 0),
  };
}
