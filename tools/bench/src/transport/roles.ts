import type { Lane } from '@parley/redis-transport';

/** The transport of a process: Nest's own or ours. */
export type TransportKind = 'stock' | 'streams';

/** How a client asks: with a fixed number of requests in flight, or at a fixed rate. */
export type LoadMode = { inFlight: number } | { perSecond: number };

/** What a client asks for: its own body, that in a channel's partition, or work of which a replica does {@link WORK_AT_ONCE} at once. */
export type Asked = 'echo' | 'inChannels' | 'work';

/** What a replica or a client is started with, as JSON. */
export interface Started {
  kind: TransportKind;
  /** Of Redis, or of any node of the Cluster. */
  port: number;
  isCluster?: boolean;
  /** 1 if absent. */
  partitions?: number;
  /** See `queueAgeMs` of the transport. With it, a replica does {@link WORK_AT_ONCE} things at once. */
  queueAgeMs?: number;
}

/** A process started as `node <program> <JSON>`. */
export const startedWith = (): Started => JSON.parse(process.argv[2]!) as Started;

/** The orchestrator tells a client to measure. */
export interface MeasureOrder {
  asked: Asked;
  /** What work waits behind; `now` if absent. */
  lane?: Lane;
  mode: LoadMode;
  warmUpMs: number;
  measureMs: number;
}

/** A client says that the measurement begins, then what it found: latencies as pairs of microseconds and count. */
export type ClientReport = 'measuring' | { latencies: number[]; failures: number };

/** The service that the benchmark asks. */
export const SERVICE = 'bench';
export const PATTERN = 'bench.echo';
export const WORK_PATTERN = 'bench.work';
/** What such a request takes, in milliseconds: time and no CPU, so that the limit does not depend on what else the machine does. */
export const WORK_MS = 10;
export const WORK_AT_ONCE = 4;
/** How long a client waits for it, in milliseconds. */
export const WORK_DEADLINE_MS = 2_000;
/** The body of a request that never gets an answer. */
export const HOLD = 'hold';
