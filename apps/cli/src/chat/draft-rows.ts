import stringWidth from 'string-width';
import type { Draft } from './editing.js';

/** A row of a draft. In one of them stands the cursor, on a character or on the place after the last one. */
export interface DraftRow {
  readonly before: string;
  readonly cursor: string;
  readonly after: string;
}

interface Cell {
  readonly text: string;
  readonly isCursor: boolean;
}

const rowOf = (cells: readonly Cell[]): DraftRow => {
  const index = cells.findIndex(({ isCursor }) => isCursor);
  const text = (part: readonly Cell[]) => part.map((cell) => cell.text).join('');
  if (index < 0) return { before: text(cells), cursor: '', after: '' };
  return {
    before: text(cells.slice(0, index)),
    cursor: cells[index]!.text,
    after: text(cells.slice(index + 1)),
  };
};

/** All rows of a draft. It is broken at characters, so that nothing moves while a word grows. */
export function allRows({ characters, cursor }: Draft, columns: number): DraftRow[] {
  const rows: Cell[][] = [[]];
  let used = 0;
  const place = (cell: Cell) => {
    const width = stringWidth(cell.text);
    if (used + width > columns && used > 0) {
      rows.push([]);
      used = 0;
    }
    rows.at(-1)!.push(cell);
    used += width;
  };
  for (const [index, text] of characters.entries()) {
    const isCursor = index === cursor;
    if (text !== '\n' || isCursor) place({ text: text === '\n' ? ' ' : text, isCursor });
    if (text !== '\n') continue;
    rows.push([]);
    used = 0;
  }
  if (cursor >= characters.length) place({ text: ' ', isCursor: true });
  return rows.map(rowOf);
}

/** The `height` rows around the cursor. */
export function rowsAtCursor(rows: readonly DraftRow[], height: number): readonly DraftRow[] {
  const at = rows.findIndex(({ cursor }) => cursor !== '');
  const first = Math.max(Math.min(at - height + 1, rows.length - height), 0);
  return rows.slice(first, first + height);
}
