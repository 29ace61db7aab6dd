import type { ProcessSample, Sample } from './sample.js';
import type { SoakResult } from './soak-run.js';

/** Something that must be the same at the end. */
export interface Comparison {
  readonly what: string;
  readonly unit: '' | 'MiB';
  readonly warm: number;
  readonly end: number;
  readonly holds: boolean;
}

/** Everything may differ by so much at the end from what it was when warm. */
const SHARE = 0.02;
const MEBIBYTE = 1024 * 1024;

/** The sum over the processes of one kind: `auth-1` and `auth-2` are two of `auth`. */
export function sumOf(sample: Sample, kind: string, of: (process: ProcessSample) => number): number {
  return Object.entries(sample.processes)
    .filter(([name]) => name.startsWith(`${kind}-`))
    .reduce((sum, [, process]) => sum + of(process), 0);
}

/** The kinds of process in a sample. */
export const kindsOf = ({ processes }: Sample): string[] =>
  [...new Set(Object.keys(processes).map((name) => name.split('-')[0]!))].sort();

/** What must be the same at the end, and whether it is. */
export function comparisonsOf({ warm, end }: SoakResult): Comparison[] {
  const compare = (what: string, of: (sample: Sample) => number, unit: '' | 'MiB' = ''): Comparison => {
    const [before, after] = [of(warm), of(end)];
    const change = after - before;
    // Less memory is no leak. A subscription that is gone is a fault.
    const holds = (unit === 'MiB' ? change : Math.abs(change)) <= before * SHARE;
    return { what, unit, warm: before, end: after, holds };
  };
  const ofKind = (kind: string): Comparison[] => [
    compare(
      `memory of ${kind}`,
      (each) => sumOf(each, kind, ({ memoryBytes }) => memoryBytes) / MEBIBYTE,
      'MiB',
    ),
    compare(`handles of ${kind}`, (each) => sumOf(each, kind, ({ handles }) => handles)),
    compare(`descriptors of ${kind}`, (each) => sumOf(each, kind, ({ descriptors }) => descriptors)),
  ];
  return [
    compare('processes', ({ processes }) => Object.keys(processes).length),
    ...kindsOf(warm).flatMap(ofKind),
    compare('keys in Redis', ({ keys }) => keys),
    compare('memory of Redis', ({ redisBytes }) => redisBytes / MEBIBYTE, 'MiB'),
    compare('connections to Redis', ({ redisClients }) => redisClients),
    compare('subscriptions', ({ subscriptions }) => subscriptions),
  ];
}
