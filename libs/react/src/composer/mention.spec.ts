import { describe, expect, it } from '@jest/globals';
import { mentionAt, usersNamed, withMention } from './mention.js';

describe('a mention', () => {
  it.each([
    ['@', ''],
    ['@ad', 'ad'],
    ['hello @Ada', 'Ada'],
    ['(@a', 'a'],
    ['@Ada Love', 'Ada Love'],
  ])('is being written at the end of %j', (text, prefix) => {
    expect(mentionAt(text, text.length)).toEqual({ from: text.indexOf('@'), to: text.length, prefix });
  });

  it.each(['', 'hello', 'a@b', '@ada said hello', '@ada\nnext', '@ ada'])(
    'is not at the end of %j',
    (text) => {
      expect(mentionAt(text, text.length)).toBeUndefined();
    },
  );

  it('takes the place of what was written of it', () => {
    const text = 'hi @ad, bye';
    expect(withMention(text, 6, 'Ada')).toEqual({ text: 'hi @Ada , bye', cursor: 8 });
  });

  it.each([
    ['', 0, '@Ada ', 5],
    ['hi', 2, 'hi @Ada ', 8],
    ['hi bye', 3, 'hi @Ada bye', 8],
    ['hi bye', 2, 'hi @Ada bye', 8],
    ['(', 1, '(@Ada ', 6],
  ])('is put into %j at %i where none is begun', (text, at, after, cursor) => {
    expect(withMention(text, at, 'Ada')).toEqual({ text: after, cursor });
  });

  it('is offered by the beginning of a name', () => {
    const people = ['Ada', 'adam', 'Bob'].map((Username) => ({ Username }));
    expect(usersNamed(people, 'AD', 5).map(({ Username }) => Username)).toEqual(['Ada', 'adam']);
    expect(usersNamed(people, 'a', 1)).toHaveLength(1);
  });
});
