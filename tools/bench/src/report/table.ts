import { markdownTable } from 'markdown-table';
import { type Figures, type Measured, medians } from '../measuring/rounds.js';

/** One column of a table of medians. */
export interface Column {
  title: string;
  /** The name of a figure, or a function of the figures. Undefined when a contestant has no such value. */
  value: string | ((figures: Figures) => number | undefined);
  digits?: number;
  /** Shows the value as a multiple of this contestant's in the same situation. */
  ratioTo?: string;
}

const NONE = '–';

/** A Markdown table with a row for each entry, and the situation as the first column when there is one. */
export function tableOfMedians(measured: readonly Measured[], columns: readonly Column[]): string {
  const hasSituations = measured.some(({ situation }) => situation !== undefined);
  const heads = [...(hasSituations ? ['situation'] : []), 'server', ...columns.map(({ title }) => title)];
  const rows = measured.map((entry) => [
    ...(hasSituations ? [entry.situation ?? ''] : []),
    entry.label,
    ...columns.map((column) => cell(entry, column, measured)),
  ]);
  const lefts = hasSituations ? 2 : 1;
  return markdownRows(heads, rows, lefts);
}

/**
 * Rows of text as a Markdown table. The first `lefts` columns are aligned to the left, the others to the right.
 */
export const markdownRows = (heads: readonly string[], rows: readonly string[][], lefts: number): string =>
  markdownTable([heads, ...rows], { align: heads.map((_, at) => (at < lefts ? null : 'right')) });

function cell(entry: Measured, column: Column, all: readonly Measured[]): string {
  const own = figureOf(entry, column);
  if (column.ratioTo === undefined) return shown(own, column.digits);
  const reference = all.find(
    ({ contestant, situation }) => contestant === column.ratioTo && situation === entry.situation,
  );
  const other = reference && figureOf(reference, column);
  return own === undefined || !other ? NONE : shown(own / other, column.digits ?? 2);
}

function figureOf(entry: Measured, { value }: Column): number | undefined {
  const figures = medians(entry);
  return typeof value === 'string' ? figures[value] : value(figures);
}

/** With thousands separators; a whole number without `digits`. */
export function shown(value: number | undefined, digits = 0): string {
  if (value === undefined || !Number.isFinite(value)) return NONE;
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
