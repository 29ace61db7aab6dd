import { percentile } from '@parley/testing';
import { type FuzzResult, HEAP_SHARE } from './fuzz-run.js';

/** One thing that must hold. */
export interface Check {
  readonly what: string;
  readonly measured: string;
  readonly holds: boolean;
}

/** Others may wait this much longer, at their 99th percentile. */
const WAIT_SHARE = 1.2;
const DECODED_SHARE = 0.5;
const MEBIBYTE = 1024 * 1024;

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const change = (share: number): string => `${share >= 1 ? '+' : ''}${percent(share - 1)}`;
const list = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ') || 'none';

/** Not a number where nothing was measured, because a process ended. */
const p99 = (values: readonly number[]): number =>
  values.length === 0 ? Number.NaN : percentile(values, 0.99);

/** What must hold after a run, and whether it does. */
export function checksOf({ totals, waits, heaps, ended, unhandled, faults }: FuzzResult): Check[] {
  const { quiet, watched } = waits;
  const [calm, loud] = [p99(quiet), p99(watched)];
  const decoded = totals.decoded / totals.sent;
  return [
    { what: 'no process ended', measured: ended.join(', ') || 'none', holds: ended.length === 0 },
    { what: 'no error went unhandled', measured: String(unhandled), holds: unhandled === 0 },
    {
      what: 'each frame was answered, refused or closed as documented',
      measured: `${totals.finds.length} finds`,
      holds: totals.finds.length === 0,
    },
    {
      what: 'at least half of the frames were decoded',
      measured: `${percent(decoded)} of ${totals.sent}`,
      holds: decoded >= DECODED_SHARE,
    },
    {
      what: 'every note of others was stored, whatever Redis returned to the gateways',
      measured: faults.join('; ') || 'all',
      holds: faults.length === 0,
    },
    {
      what: 'p99 of others at most 20 % up, at a pace that leaves cores free',
      measured: `${calm.toFixed(2)} → ${loud.toFixed(2)} ms (${change(loud / calm)}; ${quiet.length} and ${watched.length} notes)`,
      holds: loud <= calm * WAIT_SHARE,
    },
    ...Object.entries(heaps).map(([name, { before, after }]) => ({
      what: `heap of ${name} back to within 5 %`,
      measured: `${(before / MEBIBYTE).toFixed(1)} → ${(after / MEBIBYTE).toFixed(1)} MiB (${change(after / before)})`,
      holds: after <= before * HEAP_SHARE,
    })),
  ];
}

/** The result as a person reads it. */
export function linesOf(result: FuzzResult): string[] {
  const { waits } = result;
  const { errors, closeCodes, connections, finds } = result.totals;
  return [
    ...checksOf(result).map(
      ({ what, measured, holds }) => `${holds ? 'holds' : 'FAILS'}  ${what}: ${measured}`,
    ),
    `       p99 of others in the floods, of ${waits.flooded.length} notes: ${p99(waits.flooded).toFixed(2)} ms`,
    `       refused with: ${list(errors)}`,
    `       ${connections} connections, closed with: ${list(closeCodes)}`,
    ...finds.map(({ what, frames }) => `find: ${what}, after ${JSON.stringify(frames)}`),
  ];
}
