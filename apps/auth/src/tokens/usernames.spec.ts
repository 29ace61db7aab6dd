import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { LIMITS, nickname } from '@parley/protocol';
import { usernames, wantedName } from './usernames.js';

const ada = '5c0f7d0e-6f0b-4c53-9a3b-0d1f6c1e8a52';

describe('wantedName', () => {
  it.each([
    [['Ada', 'Ada Lovelace'], 'Ada'],
    [['  Ada  Lovelace '], 'Ada Lovelace'],
    [['\u200b', 'Ada'], 'Ada'],
    [['a\nb', 'Ada'], 'Ada'],
    [['x'.repeat(1_000)], 'x'.repeat(LIMITS.usernameCharacters)],
    [['😀'.repeat(100)], '😀'.repeat(LIMITS.usernameCharacters)],
    [[], undefined],
    [['\u202e'], undefined],
  ])('of %j is %j', (names, wanted) => {
    expect(wantedName(names)).toBe(wanted);
  });
});

describe('usernames', () => {
  it('begin with the wanted name, and go on with small numbers', () => {
    expect([...usernames('Ada', ada)].slice(0, 3)).toEqual(['Ada', 'Ada2', 'Ada3']);
    expect([...usernames('Agent 7', ada)].slice(0, 2)).toEqual(['Agent 7', 'Agent 7-2']);
  });

  it.each(['Ada', 'x'.repeat(64), '😀'.repeat(64), '9'.repeat(64)])(
    'may all be names of accounts: %s',
    (name) => {
      for (const one of usernames(name, ada)) expect(nickname(one)).toEqual({ name: one });
    },
  );

  it('are the same for the same user, and others in the end for another one', () => {
    expect([...usernames('Ada', ada)]).toEqual([...usernames('Ada', ada)]);
    const [own, other] = [[...usernames('Ada', ada)], [...usernames('Ada', randomUUID())]];
    expect(own.at(-1)).toMatch(/^Ada\d{9}$/);
    expect(own.at(-1)).not.toBe(other.at(-1));
  });
});
