import { expect, it } from '@jest/globals';
import { receiptOf } from './receipts.js';

const reads = new Map([
  ['me', 9],
  ['ada', 5],
  ['bob', 7],
]);

it('a message is read by those whose position is at it or beyond, the author aside', () => {
  expect(receiptOf(8, reads, 'me', false)).toEqual({ state: 'sent', label: 'Sent' });
  expect(receiptOf(7, reads, 'me', false).label).toBe('Read by 1');
  expect(receiptOf(5, reads, 'me', false).label).toBe('Read by 2');
  expect(receiptOf(5, reads, 'me', true).label).toBe('Read');
});
