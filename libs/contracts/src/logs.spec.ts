import { describe, expect, it } from '@jest/globals';
import { isRecoverable } from './logs.js';

describe('isRecoverable', () => {
  const head = { epoch: 'a', seq: 10, first: 4 };
  const empty = { epoch: 'a', seq: 10, first: 11 };

  it.each([
    ['the newest entry', head, 10, true],
    ['an entry that the log holds', head, 7, true],
    ['the entry before the oldest that the log holds', head, 3, true],
    ['an entry before that, so that the next one is gone', head, 2, false],
    ['an entry that the log does not have yet', head, 11, false],
    ['the newest entry of a log that holds none', empty, 10, true],
    ['an older entry of a log that holds none', empty, 9, false],
    ['the beginning of a log that has had no entry', { epoch: 'a', seq: 0, first: 1 }, 0, true],
    ['the beginning of a log that holds all entries', { epoch: 'a', seq: 10, first: 1 }, 0, true],
  ])('at %s', (_, log, seq, recoverable) => {
    expect(isRecoverable({ epoch: 'a', seq }, log)).toBe(recoverable);
  });

  it('is false in another epoch, whatever the position', () => {
    for (const seq of [0, 3, 7, 10]) expect(isRecoverable({ epoch: 'b', seq }, head)).toBe(false);
  });
});
