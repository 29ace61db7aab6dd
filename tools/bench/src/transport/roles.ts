/** The transport of a process: Nest's own or ours. */
export type TransportKind = 'stock' | 'streams';

/** How a client asks: with a fixed number of requests in flight, or at a fixed rate. */
export type LoadMode = { inFlight: number } | { perSecond: number };

/** The orchestrator tells a client to measure. */
export interface MeasureOrder {
  mode: LoadMode;
  warmUpMs: number;
  measureMs: number;
}

/** A client says that the measurement begins, then what it found: latencies as pairs of microseconds and count. */
export type ClientReport = 'measuring' | { latencies: number[]; failures: number };

/** The service that the benchmark asks. */
export const SERVICE = 'bench';
export const PATTERN = 'bench.echo';
/** The body of a request that never gets an answer. */
export const HOLD = 'hold';
