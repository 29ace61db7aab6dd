import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { markdownTable } from 'markdown-table';
import { type Panel, plot } from './plot.js';
import type { Sample } from './sample.js';
import type { SoakResult } from './soak-run.js';
import { type Comparison, comparisonsOf, kindsOf, sumOf } from './verdict.js';

const DOCUMENT = new URL('../../../../docs/soak.md', import.meta.url);
const PICTURE = new URL('../../../../docs/soak.svg', import.meta.url);
const MEBIBYTE = 1024 * 1024;

const HEAD = `# Soak

\`npm run soak -- --hours 1\` runs the whole chat as real processes, two of each. Sixty connections at a time of forty users come, join, post, read, leave, and go with or without a goodbye.
A process is killed every 20 s, by SIGKILL and SIGTERM in turn. The last fifth of the time is without kills, so that the newest processes are as warm as the first ones were.

Everything is compared with nobody there and every session ended: once after a fifth of the time, and once at the end. Memory is the heap after a collection and what its objects own outside of it.
At the end every count must be within 2 % of what it was, and memory at most 2 % above. [The tool](../tools/endurance/README.md) writes this page.
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

function summary({ hours, counts, kills }: SoakResult): string {
  const machine = `${cpus().length} cores (${cpus()[0]?.model.trim()}), Node ${process.versions.node}`;
  const when = new Date().toISOString().slice(0, 10);
  return `${when}, ${hours} h, ${machine}: ${counts.connections} connections, ${counts.frames} frames, ${kills} kills, ${counts.failures} visits that a kill cut short.`;
}

/** Writes docs/soak.md and its picture. */
export async function writeDocument(result: SoakResult): Promise<void> {
  const picture = '![Memory, handles, keys and subscriptions over time](soak.svg)';
  const parts = [HEAD, '## The last run\n', `${summary(result)}\n`, `${tableOf(result)}\n`, `${picture}\n`];
  await writeFile(PICTURE, plot(panelsOf(result)));
  await writeFile(DOCUMENT, parts.join('\n'));
}
