import { describe, expect, it } from '@jest/globals';
import { LIMITS } from '@parley/protocol';
import { namesIn } from './names-in.js';

describe('namesIn', () => {
  it.each([
    ['hi @Ada', [['ada']]],
    ['@Ada, look', [['ada, look', 'ada', 'ada,']]],
    ['@Ada Lovelace!', [['ada lovelace', 'ada lovelace!', 'ada']]],
    ['a@b.c and me+x@host', []],
    ['@ada@bob', [['ada']]],
    ['(@bob)', [['bob', 'bob)']]],
    ['@\n@ @', []],
    ['@ada\nbob', [['ada']]],
  ])('of %j are %j', (text, names) => {
    expect(namesIn(text).map((each) => [...each].sort())).toEqual(names.map((each) => [...each].sort()));
  });

  it('tries the longest first', () => {
    expect(namesIn('@Ada King of Lovelace and more')[0]).toEqual([
      ...['ada king of lovelace', 'ada king of', 'ada king', 'ada'],
    ]);
  });

  it('are bounded', () => {
    expect(namesIn('@a '.repeat(4_000 / 3))).toHaveLength(LIMITS.mentionsPerMessage);
  });
});
