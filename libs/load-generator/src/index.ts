export type { Loss, Tally } from './account.js';
export { Clock } from './clock.js';
export {
  type Dialect,
  type DialectSource,
  type Found,
  KINDS,
  type Kind,
  loadDialect,
  type Needs,
} from './dialect.js';
export {
  decodeHistogram,
  encodeHistogram,
  type Histogram,
  newHistogram,
  percentileMs,
} from './histograms.js';
export type { Line } from './line.js';
export { LoadGenerator, type LoadOptions, type RunOptions } from './load-generator.js';
export type { Verdict } from './orders.js';
export type { ParleyOptions } from './parley-dialect.js';
export { type ProcessUsage, processUsage } from './process-usage.js';
export {
  type Progress,
  type RunResult,
  type SecondOfRun,
  type ServerUsage,
  sumVerdicts,
  type UsageSample,
} from './run-result.js';
export { type Seat, type Seating, seatOf } from './seating.js';
export { type ServerSample, ServerWatch, type Watched } from './server-watch.js';
export { readStamp, STAMP_BYTES, type Stamp, writeStamp } from './stamp.js';

/** Module of Parley's own dialect; its options are {@link ParleyOptions}. */
export const PARLEY_DIALECT = new URL('../dist/parley-dialect.js', import.meta.url).href;
