import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { markdownTable } from 'markdown-table';
import { type Panel, plot } from './plot.js';
import type { Sample } from './sample.js';
import type { SoakResult } from './soak-result.js';
import { type Comparison, comparisonsOf, kindsOf, sumOf } from './verdict.js';

const MEBIBYTE = 1024 * 1024;

const HEAD = `# Soak

\`npm run soak -- --hours 1\` runs the whole chat as real processes, two of each. Sixty connections at a time of forty users come, join, post, read, leave, and go with or without a goodbye.
A process is killed every 40 s, by SIGKILL and SIGTERM in turn. The last fifth of the time is without kills, so that the newest processes are as warm as the first ones were.

Everything is compared with nobody there and every session ended: once after a fifth of the time, and once at the end. Of five looks the middle one counts. Memory is the heap after a collection and what its objects own outside of it.
At the end every count must be within 2 % of what it was, and memory at most 2 % above.

Two things last longer than a soak, up to bounds of their own, and are counted apart from the keys and the memory of Redis: the transport keeps the last 100,000 events for replicas that were away,
and notes which batches a process has stored, until an hour after its end. Their memory is the estimate of Redis (\`MEMORY USAGE\`), so that what is left as "memory of Redis" is
only as exact as that. [The tool](../tools/endurance/README.md) writes this page.
`;

const shown = (value: number, unit: Comparison['unit']): string =>
  unit === 'MiB' ? `${value.toFixed(1)} MiB` : String(value);

function row({ what, unit, warm, end, holds }: Comparison): string[] {
  const change = warm === 0 ? '' : `${end >= warm ? '+' : ''}${((end / warm - 1) * 100).toFixed(1)} %`;
  return [what, shown(warm, unit), shown(end, unit), change, holds ? 'yes' : '**no**'];
}

/** The comparison as a table in Markdown. */
export function tableOf(result: SoakResult): string {
  const head = ['', 'when warm', 'at the end', 'change', 'holds'];
  return markdownTable([head, ...comparisonsOf(result).map(row)], { align: ['l', 'r', 'r', 'r', 'l'] });
}

function panelsOf({ samples, warm }: SoakResult): Panel[] {
  const points = (of: (sample: Sample) => number) => samples.map((each) => [each.at, of(each)] as const);
  const perKind = (title: string, of: (sample: Sample, kind: string) => number): Panel => ({
    title,
    lines: kindsOf(warm).map((kind) => ({ name: kind, points: points((sample) => of(sample, kind)) })),
  });
  return [
    perKind('Memory after a collection, MiB', (sample, kind) =>
      sumOf(sample, kind, ({ memoryBytes }) => memoryBytes / MEBIBYTE),
    ),
    perKind('Handles', (sample, kind) => sumOf(sample, kind, ({ handles }) => handles)),
    {
      title: 'Keys in Redis',
      lines: [
        { name: 'all', points: points(({ keys }) => keys) },
        { name: 'that do not expire', points: points(({ keys, expiring }) => keys - expiring) },
      ],
    },
    {
      title: 'Subscriptions',
      lines: [{ name: 'subscriptions', points: points(({ subscriptions }) => subscriptions) }],
    },
  ];
}

const wholeRedis = ({ redisBytes, keptBytes }: Sample): string =>
  shown((redisBytes + keptBytes) / MEBIBYTE, 'MiB');

function summary({ hours, counts, kills, warm, end }: SoakResult): string {
  const machine = `${cpus().length} cores (${cpus()[0]?.model.trim()}), Node ${process.versions.node}`;
  const when = new Date().toISOString().slice(0, 10);
  return `${when}, ${hours} h, ${machine}: ${counts.connections} connections, ${counts.frames} frames, ${kills} kills, ${counts.failures} visits that failed, as a kill or a busy machine made them. Redis as a whole held ${wholeRedis(warm)} when warm and ${wholeRedis(end)} at the end.`;
}

/** Writes the page soak.md and its picture into a folder. */
export async function writeDocument(folder: string, result: SoakResult): Promise<void> {
  const picture = '![Memory, handles, keys and subscriptions over time](soak.svg)';
  const parts = [HEAD, '## The last run\n', `${summary(result)}\n`, `${tableOf(result)}\n`, `${picture}\n`];
  await writeFile(join(folder, 'soak.svg'), plot(panelsOf(result)));
  await writeFile(join(folder, 'soak.md'), parts.join('\n'));
}
