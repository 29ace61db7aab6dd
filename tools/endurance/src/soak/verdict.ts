import type { KeyKinds, ProcessSample, Sample } from './sample.js';
import type { SoakResult } from './soak-result.js';

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
/** `maxEvents` of the transport, in the stream of all events and in that of auth's; whole nodes of a stream go at once. */
const MOST_EVENTS = 2 * 101_000;
/** A process sends to three services, and events. */
const SENT_PER_PROCESS = 4;
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
export function comparisonsOf({ warm, end, kills }: SoakResult): Comparison[] {
  const compare = (what: string, of: (sample: Sample) => number, unit: '' | 'MiB' = ''): Comparison => {
    const [before, after] = [of(warm), of(end)];
    const change = after - before;
    // Less memory is no leak. A subscription that is gone is a fault.
    const holds = (unit === 'MiB' ? change : Math.abs(change)) <= before * SHARE;
    return { what, unit, warm: before, end: after, holds };
  };
  const bounded = (what: string, of: (sample: Sample) => number, most: number): Comparison => {
    const [before, after] = [of(warm), of(end)];
    return { what: `${what}, of at most ${most}`, unit: '', warm: before, end: after, holds: after <= most };
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
    bounded('events kept', ({ events }) => events, MOST_EVENTS),
    bounded('keys of processes in the last hour', ({ sent }) => sent, warm.sent + kills * SENT_PER_PROCESS),
  ];
}

function middle(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)]!;
}

/** The middle of each figure of some looks at the same thing. */
export function middleOf(looks: readonly Sample[]): Sample {
  const last = looks.at(-1)!;
  const processes = Object.fromEntries(
    Object.keys(last.processes).map((name) => {
      const each = looks.flatMap(({ processes: those }) => those[name] ?? []);
      return [name, { ...last.processes[name]!, ...middles(each, PROCESS_FIGURES) }];
    }),
  );
  return { ...last, ...middles(looks, FIGURES), processes };
}

const PROCESS_FIGURES = ['memoryBytes', 'residentBytes', 'handles', 'descriptors'] as const;
const FIGURES = [
  'keys',
  'expiring',
  'redisBytes',
  'events',
  'sent',
  'keptBytes',
  'redisClients',
  'subscriptions',
] as const;

function middles<Figure extends string>(
  looks: readonly Readonly<Record<Figure, number>>[],
  figures: readonly Figure[],
): Record<Figure, number> {
  const entries = figures.map((figure) => [figure, middle(looks.map((look) => look[figure]))]);
  return Object.fromEntries(entries) as Record<Figure, number>;
}

/** The kinds of keys of which there are more than before, or which take more memory than may be. */
export function grownKeys(before: KeyKinds, after: KeyKinds): string[] {
  return Object.entries(after).flatMap(([pattern, { count, bytes }]) => {
    const was = before[pattern] ?? { count: 0, bytes: 0 };
    if (count <= was.count && bytes <= was.bytes * (1 + SHARE)) return [];
    return [`${pattern}: ${was.count} → ${count}, ${was.bytes} → ${bytes} bytes`];
  });
}
