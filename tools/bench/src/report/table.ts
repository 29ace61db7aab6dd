import { markdownTable } from 'markdown-table';
import { type Figures, type Measured, medians } from '../measuring/rounds.js';

/** One column of a table of medians. */
export interface Column {
  title: string;
  /** The figure, or how it follows from others; undefined where a contestant has no such thing. */
  value: string | ((figures: Figures) => number | undefined);
  digits?: number;
  /** Tells the value as a multiple of the one of this contestant in the same situation. */
  ratioTo?: string;
}

const NONE = '–';

/** A table in Markdown with a row for each entry, and the situation as a first column where there is one. */
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
 * Rows of text as a table in Markdown, its columns as wide as their widest cell. The first `lefts` columns are aligned to
 * the left, the others to the right.
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

/** With thousands set apart; without `digits` as a whole number. */
export function shown(value: number | undefined, digits = 0): string {
  if (value === undefined || !Number.isFinite(value)) return NONE;
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
