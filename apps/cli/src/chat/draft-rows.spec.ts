import { describe, expect, it } from '@jest/globals';
import { allRows, type DraftRow, rowsAtCursor } from './draft-rows.js';
import { type Edit, edited, emptyDraft } from './editing.js';

const draft = (text: string, ...kinds: Exclude<Edit, { kind: 'insert' }>['kind'][]) =>
  kinds.reduce((now, kind) => edited(now, { kind }), edited(emptyDraft, { kind: 'insert', text }));
const shown = (rows: readonly DraftRow[]) =>
  rows.map(({ before, cursor, after }) => (cursor === '' ? before : `${before}[${cursor}]${after}`));

describe('the rows of a draft', () => {
  it.each([
    ['is a cursor alone at first', draft(''), ['[ ]']],
    ['has the cursor after the text', draft('ab'), ['ab[ ]']],
    ['has it on a character', draft('abc', 'left', 'left'), ['a[b]c']],
    ['breaks where it is full, the cursor included', draft('abcd'), ['abcd', '[ ]']],
    ['breaks at line breaks', draft('a\n\nb'), ['a', '', 'b[ ]']],
    ['shows the cursor on a line break', draft('a\nb', 'left', 'left'), ['a[ ]', 'b']],
    ['counts columns', draft('日本語'), ['日本', '語[ ]']],
  ])('%s', (_, given, rows) => {
    expect(shown(allRows(given, 4))).toEqual(rows);
  });

  it('are those around the cursor where not all have a place', () => {
    const rows = allRows(draft('a\nb\nc\nd'), 4);
    expect(shown(rowsAtCursor(rows, 2))).toEqual(['c', 'd[ ]']);
    expect(shown(rowsAtCursor(allRows(draft('a\nb\nc\nd', 'start'), 4), 2))).toEqual(['[a]', 'b']);
    expect(shown(rowsAtCursor(rows, 9))).toEqual(['a', 'b', 'c', 'd[ ]']);
  });
});
