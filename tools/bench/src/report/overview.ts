import { situationOf } from '../benchmarks/latency.js';
import { COMPARED } from '../contestants/contestants.js';
import { type Figures, type Measured, medians } from '../measuring/rounds.js';
import type { Path } from '../paths/path.js';
import { PATHS } from '../paths/paths.js';
import { type Bars, barChart } from './bar-chart.js';
import { UNMEASURED } from './document.js';
import type { Result } from './results.js';
import { markdownRows, shown } from './table.js';

/** Where the reader finds what is known before the overview is. */
const UNTIL_THEN =
  'Until then: [the highest rate](#the-highest-rate) in one room, [one room](#fan-out) and [many rooms](#many-rooms) at a fixed rate, [posting](#posting) into private channels, [connecting](#connecting), and [memory](#memory).';

/** The share of its highest rate at which a server is compared. */
const HALF = 0.5;

/** What the overview says of one server on one path. */
interface Line {
  path: Path;
  label: string;
  highest: Figures;
  half: Figures;
}

/** The files that the overview shows, beside the document, by name. */
export type Pictures = ReadonlyMap<string, string>;

const pictureOf = ({ id }: Path) => `pictures/bench-${id}.svg`;

/** The first table of the document, for a reader who wants to choose, and a picture for each path. */
export function overview(limit?: Result, latency?: Result): { section: string; pictures: Pictures } {
  const lines = linesOf(limit?.measured ?? [], latency?.measured ?? []);
  const measured = PATHS.filter((path) => lines.some((line) => line.path === path));
  if (measured.length < PATHS.length) return { section: `${UNMEASURED} ${UNTIL_THEN}`, pictures: new Map() };
  const images = PATHS.map((path) => `![${path.title}: ${altOf(path)}](${pictureOf(path)})`);
  const charts = PATHS.map((path) => [pictureOf(path), chartOf(path, lines)] as const);
  return { section: [tableOf(lines), ...images].join('\n\n'), pictures: new Map(charts) };
}

const altOf = ({ unit }: Path) =>
  `highest rate in ${unit} per second, p99 and CPU at half of it, for each server`;

function linesOf(limits: readonly Measured[], latencies: readonly Measured[]): Line[] {
  const figures = (all: readonly Measured[], id: string, wanted: string) => {
    const entry = all.find(({ contestant, situation }) => contestant === id && situation === wanted);
    return entry && medians(entry);
  };
  return PATHS.flatMap((path) =>
    COMPARED.flatMap(({ id, label }) => {
      const highest = figures(limits, id, path.title);
      const half = figures(latencies, id, situationOf(path, HALF));
      return highest && half ? [{ path, label, highest, half }] : [];
    }),
  );
}

function tableOf(lines: readonly Line[]): string {
  const heads = ['', 'server', 'highest rate/s', 'p50 ms at half', 'p99 ms', 'CPU µs each', 'memory, MB'];
  const rows = lines.map(({ path, label, highest, half }) => [
    path.title,
    label,
    shown(highest['rate']),
    shown(half['p50Ms'], 1),
    shown(half['p99Ms'], 1),
    shown(half['cpuUs'], 1),
    shown(half['memoryBytes']! / 1e6),
  ]);
  return markdownRows(heads, rows, 2);
}

function chartOf(path: Path, lines: readonly Line[]): string {
  const own = lines.filter((line) => line.path === path);
  const bars = (title: string, digits: number, value: (line: Line) => number): Bars => ({
    title,
    digits,
    bars: own.map((line) => ({ label: line.label, value: value(line) })),
  });
  return barChart(path.title, [
    bars(`highest rate, ${path.unit}/s`, 0, ({ highest }) => highest['rate']!),
    bars('p99 at half of it, ms', 1, ({ half }) => half['p99Ms']!),
    bars(
      `CPU at half of it, µs per ${path.unit === 'messages' ? 'delivery' : 'connection'}`,
      1,
      ({ half }) => half['cpuUs']!,
    ),
  ]);
}
