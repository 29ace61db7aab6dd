import { describe, expect, it } from '@jest/globals';
import { completed, matching, mentionAt } from './mention.js';

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
    expect(completed(text, mentionAt(text, 6)!, 'Ada')).toEqual({ text: 'hi @Ada , bye', cursor: 8 });
  });

  it('is offered by the beginning of a name', () => {
    const people = ['Ada', 'adam', 'Bob'].map((Username) => ({ Username }));
    expect(matching(people, 'AD', 5).map(({ Username }) => Username)).toEqual(['Ada', 'adam']);
    expect(matching(people, 'a', 1)).toHaveLength(1);
  });
});
