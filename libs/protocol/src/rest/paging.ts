import { z } from 'zod';
import { cursor, seq, wholeNumber } from '../fields.js';

const DIGITS = /^\d{1,16}$/;

/** Marks a schema whose text stands for a whole number: the OpenAPI document says so. */
export const numberInQuery = (least: number, most: number) => {
  const expected = `expected a whole number from ${least} to ${most}`;
  return z
    .string(expected)
    .regex(DIGITS, expected)
    .transform(Number)
    .pipe(wholeNumber(least, most))
    .meta({ type: 'integer', minimum: least, maximum: most });
};

/** `true` or `false` in a query. */
export const flagInQuery = z
  .enum(['true', 'false'], 'expected true or false')
  .transform((text) => text === 'true')
  .meta({ type: 'boolean' });

/** A part of a list: what follows `cursor`, or its beginning. */
export const pageQuery = (most: number) => ({
  cursor: cursor.optional(),
  limit: numberInQuery(1, most).optional(),
});

/** What the cursors of a history say: the direction of reading, and the Seq from which it goes on. */
export type HistoryPlace = { readonly before: number } | { readonly after: number };

const PLACE = /^([ba])(\d{1,16})$/;

/** The mark of the next page of a history. */
export const historyCursor = (place: HistoryPlace): string =>
  'before' in place ? `b${place.before}` : `a${place.after}`;

/** A cursor of a history, read as the place that it marks. */
export const historyPlace = cursor.transform((text, context): HistoryPlace => {
  const [, direction, digits] = PLACE.exec(text) ?? [];
  const place = seq.safeParse(Number(digits));
  if (!place.success) {
    context.addIssue({ code: 'custom', message: 'expected the cursor of the answer before' });
    return z.NEVER;
  }
  return direction === 'b' ? { before: place.data } : { after: place.data };
});
