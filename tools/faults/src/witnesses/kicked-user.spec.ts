import { describe, expect, it } from '@jest/globals';
import { deliveryFaults } from './kicked-user.js';

/** Invited at 2 and 7, kicked at 5 and 9. */
const log = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const kicks = [5, 9];
const first = { after: 3, received: [4, 5] };
const second = { after: 7, received: [8, 9] };
const faultsOf = (...stretches: { after: number; received: number[] }[]) =>
  deliveryFaults({ stretches, uninvited: [] }, log, kicks);

describe('what a user gets who is kicked', () => {
  it('is everything until each kick', () => {
    expect(faultsOf(first, second)).toEqual([]);
  });

  it.each([
    ['an entry after the kick', [4, 5, 6]],
    ['no kick', [4]],
    ['the kick twice', [4, 5, 5]],
    ['a gap', [5]],
    ['another order', [5, 4]],
  ])('must not be %s', (_, received) => {
    expect(faultsOf({ after: 3, received }, second)).toEqual([
      `who was kicked at 5 got ${received} and not 4,5`,
    ]);
  });

  it('must not come before a subscription, and each membership is followed', () => {
    expect(deliveryFaults({ stretches: [first], uninvited: [2] }, log, kicks)).toEqual([
      '2 came before a subscription',
      'a device followed 1 times, of 2',
    ]);
  });
});
