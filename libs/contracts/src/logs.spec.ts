import { describe, expect, it } from '@jest/globals';
import { emptyHead, headFor, isRecoverable, NO_EPOCH } from './logs.js';

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
    expect(isRecoverable({ epoch: 'a', seq }, headFor('a', log))).toBe(recoverable);
  });

  it.each([
    ['the point where the next epoch began', 6, true],
    ['an entry that the log shares with the earlier epoch', 5, true],
    ['an entry that Redis has lost', 7, false],
    ['an entry whose next one is gone', 2, false],
  ])('at %s, in an earlier epoch', (_, seq, recoverable) => {
    expect(isRecoverable({ epoch: 'b', seq }, { ...head, from: 6, common: 6 })).toBe(recoverable);
  });

  it('is false in an epoch that is unknown, whatever the position', () => {
    for (const seq of [0, 3, 7, 10])
      expect(isRecoverable({ epoch: 'b', seq }, headFor('b', head))).toBe(false);
  });

  it('is true for a reader of a log without an entry, once it has some', () => {
    const reader = { epoch: NO_EPOCH, seq: 0 };
    const full = { epoch: 'a', seq: 10, first: 1 };
    expect(isRecoverable(reader, emptyHead(NO_EPOCH))).toBe(true);
    expect(isRecoverable(reader, headFor(NO_EPOCH, full))).toBe(true);
    expect(isRecoverable(reader, headFor(NO_EPOCH, { ...full, first: 2 }))).toBe(false);
  });
});

describe('headFor', () => {
  const older = { epoch: 'a', seq: 10, first: 4 };

  it.each([
    ['the same epoch', 'a', 10],
    ['no epoch', null, 10],
    ['no epoch, left out', undefined, 10],
    ['another epoch', 'b', -1],
    ['an epoch that no log has', '', -1],
    ['the epoch of a log without an entry', NO_EPOCH, 0],
  ])('completes an answer of the version before for a reader of %s', (_, epoch, common) => {
    expect(headFor(epoch, older)).toEqual({ ...older, from: 0, common });
  });

  it('keeps what the answer says', () => {
    const answer = { ...older, from: 7, common: 5 };
    expect(headFor('b', answer)).toEqual(answer);
    expect(headFor('a', answer)).toEqual(answer);
  });
});
