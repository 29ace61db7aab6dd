import { markdownTable } from 'markdown-table';

/** One row of a table: the Markdown of each cell by its column's heading. */
export type Row = Readonly<Record<string, string>>;

/** A name as code. */
export const code = (name: string): string => `\`${name}\``;

/** Names as code, in a list. */
export const codes = (names: readonly string[]): string => names.map(code).join(', ');

/** A number as the documents write it in prose: 10,000. */
export const grouped = (value: number): string => value.toLocaleString('en');

const isNumber = (cell: string): boolean => /^\d+$/.test(cell);

/**
 * Rows as a Markdown table. The first row names the columns; a column of numbers alone is set to the right.
 * @throws Error when there is no row, or rows differ in their columns.
 */
export function renderTable(rows: readonly Row[]): string {
  const columns = Object.keys(rows[0] ?? {});
  if (columns.length === 0) throw new Error('expected at least one row');
  for (const row of rows) {
    if (Object.keys(row).join() !== columns.join()) throw new Error(`expected ${columns} in each row`);
  }
  const align = columns.map((column) => (rows.every((row) => isNumber(row[column]!)) ? 'right' : ''));
  const cells = rows.map((row) => columns.map((column) => row[column]!.replaceAll('|', '\\|')));
  return markdownTable([columns, ...cells], { align });
}
