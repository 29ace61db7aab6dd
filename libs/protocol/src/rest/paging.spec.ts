import { describe, expect, it } from '@jest/globals';
import { flagInQuery, historyCursor, historyPlace, numberInQuery } from './paging.js';

describe('a page', () => {
  it.each([{ before: 7 }, { after: 0 }, { before: Number.MAX_SAFE_INTEGER }])(
    'goes on from the cursor of %j',
    (place) => {
      expect(historyPlace.parse(historyCursor(place))).toEqual(place);
    },
  );

  it.each(['', 'x', 'b', 'b-1', 'b1.5', 'a99999999999999999', 'c1'])('refuses the cursor %j', (cursor) => {
    expect(historyPlace.safeParse(cursor).success).toBe(false);
  });

  it.each(['', '0', '11', '1e1', ' 1', '0x1', '-1', '1.0'])('refuses the limit %j of 1 to 10', (text) => {
    expect(numberInQuery(1, 10).safeParse(text).success).toBe(false);
  });

  it('reads numbers and flags of a query', () => {
    expect(numberInQuery(1, 10).parse('10')).toBe(10);
    expect([flagInQuery.parse('true'), flagInQuery.parse('false')]).toEqual([true, false]);
  });
});
