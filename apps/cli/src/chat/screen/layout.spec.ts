import { describe, expect, it } from '@jest/globals';
import { layoutOf } from './layout.js';

describe('the layout', () => {
  it('of 80 columns and 24 rows has a list, and leaves one row empty', () => {
    expect(layoutOf(80, 24, 1)).toEqual({
      ...{ columns: 80, rows: 23, listColumns: 20, messageColumns: 58, messageRows: 19, draftRows: 1 },
    });
  });

  it('gives a narrow screen to the messages', () => {
    expect(layoutOf(40, 24, 1)).toMatchObject({ listColumns: 0, messageColumns: 40 });
  });

  it('gives a long draft some rows, and not all', () => {
    expect(layoutOf(80, 24, 3)).toMatchObject({ draftRows: 3, messageRows: 17 });
    expect(layoutOf(80, 24, 300)).toMatchObject({ draftRows: 7, messageRows: 13 });
  });

  it.each([1, 2, 5, 10])('fits %s rows as far as there are any', (rows) => {
    const { messageRows, draftRows } = layoutOf(80, rows, 5);
    expect([messageRows >= 1, draftRows >= 1]).toEqual([true, true]);
  });
});
