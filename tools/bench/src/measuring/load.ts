import {
  type DialectSource,
  LoadGenerator,
  loadDialect,
  PARLEY_DIALECT,
  percentileMs,
  type RunResult,
} from '@parley/load-generator';
import type { RunningContestant } from '../contestants/contestant.js';

/** The crowd that talks to a contestant. */
export interface Crowd {
  connections: number;
  /** How many of the connections post. */
  senders: number;
  /** 0: all in one channel. Otherwise the number of private channels: two users each, the same number of connections each. */
  rooms?: number;
  /** Bytes of each message's text; {@link MESSAGE_BYTES} by default. */
  messageBytes?: number;
  /** Milliseconds over which the connections open, however many are under way: {@link RAMP_MS_PER_THOUSAND} by default, and no storm. */
  rampMs?: number;
  /** Only the first of the contestant's gateways is used. */
  oneGateway?: boolean;
}

/** Bytes of each message's text. */
export const MESSAGE_BYTES = 100;
/** Time in which a thousand connections open: fast, but not a storm. */
const RAMP_MS_PER_THOUSAND = 400;

/** The accounts of Parley's dialect, for each running contestant. */
const accountsOf = new WeakMap<RunningContestant, readonly unknown[]>();

/** Creates accounts for crowds of up to this many users. Servers without users need none. */
export async function makeAccounts(running: RunningContestant, accounts: number): Promise<void> {
  if (running.wire !== 'parley') return;
  const dialect = await loadDialect({ module: PARLEY_DIALECT });
  const made = await dialect.prepare!({ urls: running.urls, accounts, report: console.error });
  accountsOf.set(running, made as unknown[]);
}

/** Opens a crowd's connections. Resolves when all have entered. For Parley, call `makeAccounts` first. */
export function openCrowd(
  running: RunningContestant,
  { connections, senders, rooms = 0, messageBytes = MESSAGE_BYTES, rampMs, oneGateway = false }: Crowd,
): Promise<LoadGenerator> {
  return LoadGenerator.open({
    urls: oneGateway ? running.urls.slice(0, 1) : running.urls,
    connections,
    senders,
    rooms,
    accounts: accountsOf.get(running)?.length ?? connections,
    ...(rampMs === undefined
      ? { rampMs: (connections / 1_000) * RAMP_MS_PER_THOUSAND }
      : { rampMs, entering: connections }),
    threads: 1,
    messageBytes,
    dialect: dialectOf(running),
    watch: { pids: pidsOf(running) },
  });
}

function dialectOf(running: RunningContestant): DialectSource {
  if (typeof running.wire === 'object') return { module: running.wire.module };
  const modules = {
    parley: 'known-accounts',
    'socket.io': 'socket-io',
    'nest-ws': 'nest-ws',
  };
  const module = new URL(`../dialects/${modules[running.wire]}.js`, import.meta.url).href;
  return { module, options: accountsOf.get(running) };
}

/** The processes of a contestant by name, which begins with the part: `gateway`, `service` or `redis`. */
function pidsOf(running: RunningContestant): Record<string, number> {
  const gateways = running.gateways();
  const services = running.servers().filter((pid) => !gateways.includes(pid));
  const named = (part: string, pids: number[]) => pids.map((pid, at) => [`${part}-${at + 1}`, pid] as const);
  return Object.fromEntries([
    ...named('gateway', gateways),
    ...named('service', services),
    ...named('redis', [running.redisPid()]),
  ]);
}

/** CPU in µs that each part of a contestant, and the generator, used in the measured time. */
export function cpuOf({ servers, ownCpuMs }: RunResult) {
  const part = (name: string) =>
    servers.reduce((sum, server) => sum + (server.name.startsWith(name) ? server.cpuMs * 1_000 : 0), 0);
  const [gateways, services, redis] = [part('gateway'), part('service'), part('redis')];
  return { gateways, services, redis, all: gateways + services + redis, generator: ownCpuMs * 1_000 };
}

/** Deliveries that were not once and in order, plus reloads, refusals and lost connections. */
export function faultsOf({ account, connectionsLost, refused }: RunResult): number {
  const { lost, doubled, disordered, strayed, reloads } = account;
  const others = [...Object.values(connectionsLost), ...Object.values(refused)];
  return others.reduce((sum, count) => sum + count, lost + doubled + disordered + strayed + reloads);
}

export const p50 = ({ latency }: RunResult): number => percentileMs(latency, 50);
export const p99 = ({ latency }: RunResult): number => percentileMs(latency, 99);
