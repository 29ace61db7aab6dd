import type { Row } from './table.js';
import { textOf } from './workspace.js';

/**
 * Reads the first table below a heading of a Markdown document.
 * @param path from the root of the workspace, such as `docs/protocol.md`.
 * @param heading the heading's text without its `#`.
 * @throws Error when the document has no such heading or no table below it.
 */
export function documentedTable(path: string, heading: string): Row[] {
  const lines = textOf(path).split('\n');
  const start = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ /, '') === heading);
  if (start < 0) throw new Error(`${path} has no heading "${heading}".`);
  const section = lines.slice(start + 1);
  const first = section.findIndex((line) => line.startsWith('|'));
  const next = section.findIndex((line) => /^#+ /.test(line));
  if (first < 0 || (next >= 0 && next < first)) throw new Error(`${path} has no table below "${heading}".`);
  const end = section.findIndex((line, index) => index > first && !line.startsWith('|'));
  const [columns, , ...rows] = section.slice(first, end < 0 ? undefined : end).map(cells);
  return rows.map((row) => Object.fromEntries(columns!.map((column, index) => [column, row[index] ?? ''])));
}

const cells = (line: string): string[] =>
  line
    .slice(1, line.lastIndexOf('|'))
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());

/** The words in `code` marks of a cell, in order. */
export const codeWords = (cell: string): string[] =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, word]) => word!);
