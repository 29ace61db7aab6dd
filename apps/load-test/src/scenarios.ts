import { type LoadOptions, PARLEY_DIALECT, type RunOptions } from '@parley/load-generator';
import { localPages } from './local-pages.js';
import { type TestOptions, VISITORS_PER_RATE } from './options.js';

/** The rooms and senders of a scenario. 0 rooms: all connections are in the general channel. */
function layout({ scenario, connections, roomSize, senders }: TestOptions): {
  rooms: number;
  senders: number;
} {
  const some = senders ?? Math.min(connections, 10);
  if (scenario === 'idle') return { rooms: 0, senders: 0 };
  if (scenario === 'mixed') return { rooms: 0, senders: senders ?? Math.ceil(connections / 10) };
  if (scenario !== 'rooms' && scenario !== 'private') return { rooms: 0, senders: some };
  const rooms = Math.floor(connections / (scenario === 'private' ? 2 : roomSize));
  return { rooms, senders: senders ?? rooms };
}

/** The connections that a scenario needs. */
export function loadOf(options: TestOptions, report: (line: string) => void): LoadOptions {
  const { urls, connections, accounts, threads, bytes, rampMs, metrics, pids, accountsFile, resume } =
    options;
  return {
    urls,
    connections,
    accounts,
    ...layout(options),
    visitors: options.scenario === 'churn' ? options.visits * VISITORS_PER_RATE : 0,
    threads,
    messageBytes: bytes,
    rampMs,
    resume,
    dialect: { module: PARLEY_DIALECT, options: { accountsFile } },
    watch: metrics === undefined ? { pages: localPages(urls, options.dataFolder), pids } : { metrics, pids },
    report,
  };
}

/** The load that a scenario puts on them. */
export function runOf(options: TestOptions, rate = options.rate): RunOptions {
  const { scenario, warmupMs, durationMs, startAt, visits } = options;
  return {
    rate: scenario === 'idle' ? 0 : rate,
    warmupMs,
    durationMs,
    startAt,
    stormAfterMs: scenario === 'reconnect-storm' ? durationMs / 4 : undefined,
    visitsPerSecond: scenario === 'churn' ? visits : undefined,
  };
}
