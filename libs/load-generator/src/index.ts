export { type Dialect, type DialectSource, loadDialect, type Needs } from './dialect.js';
export { LoadGenerator, type LoadOptions, type RunOptions } from './load-generator.js';
export type { Loss, Tally } from './measuring/account.js';
export { Clock } from './measuring/clock.js';
export {
  addPairs,
  decodeHistogram,
  encodeHistogram,
  type Histogram,
  newHistogram,
  percentileMs,
} from './measuring/histograms.js';
export { LatencyCounts } from './measuring/latency-counts.js';
export {
  type Progress,
  type RunResult,
  type SecondOfRun,
  type ServerUsage,
  sumVerdicts,
  type UsageSample,
} from './measuring/run-result.js';
export { type ServerSample, ServerWatch, type Watched } from './measuring/server-watch.js';
export type { Verdict } from './measuring/tick.js';
export type { ParleyOptions } from './parley/dialect.js';
export { type Seat, type Seating, seatOf } from './seating.js';
export { readStamp, STAMP_BYTES, type Stamp, writeStamp } from './stamp.js';
export { type Found, KINDS, type Kind } from './wire/found.js';
export type { Line } from './wire/line.js';

/** Module of Parley's own dialect; its options are {@link ParleyOptions}. */
export const PARLEY_DIALECT = new URL('../dist/parley/dialect.js', import.meta.url).href;
