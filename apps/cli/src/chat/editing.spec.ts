import { describe, expect, it } from '@jest/globals';
import { LIMITS } from '@parley/protocol';
import { type Draft, type Edit, edited, emptyDraft, textOf } from './editing.js';

const typed = (text: string, draft: Draft = emptyDraft) => edited(draft, { kind: 'insert', text });
const after = (draft: Draft, ...kinds: Exclude<Edit, { kind: 'insert' }>['kind'][]) =>
  kinds.reduce((now, kind) => edited(now, { kind }), draft);
/** The text with a bar where the cursor is. */
const shown = ({ characters, cursor }: Draft) =>
  [...characters.slice(0, cursor), '|', ...characters.slice(cursor)].join('');

describe('a draft', () => {
  it.each<[string, Draft, string]>([
    ['grows where the cursor is', typed('X', after(typed('ab'), 'left')), 'aX|b'],
    ['keeps line breaks of what is pasted', typed('a\nb'), 'a\nb|'],
    [
      'moves the cursor by characters, and not beyond the ends',
      after(typed('ab'), 'left', 'left', 'left'),
      '|ab',
    ],
    ['moves it to the ends', after(typed('ab'), 'start', 'end', 'right'), 'ab|'],
    ['loses the character before the cursor', after(typed('abc'), 'left', 'deleteBefore'), 'a|c'],
    ['loses the character after it', after(typed('abc'), 'start', 'deleteAfter'), '|bc'],
    ['loses nothing at its ends', after(typed('a'), 'deleteAfter', 'start', 'deleteBefore'), '|a'],
    ['loses a word with the spaces after it', after(typed('one two  '), 'deleteWord'), 'one |'],
    ['loses what is before the cursor', after(typed('abc'), 'left', 'deleteToStart'), '|c'],
    ['loses what is after it', after(typed('abc'), 'left', 'deleteToEnd'), 'ab|'],
  ])('%s', (_, draft, expected) => {
    expect(shown(draft)).toBe(expected);
  });

  it('takes what a person sees as one character for one', () => {
    expect(shown(after(typed('a👩‍👩‍👧é'), 'left', 'deleteBefore'))).toBe('a|é');
    expect(typed('\u0301', typed('e')).characters).toEqual(['e\u0301']);
  });

  it('takes no more than a message may have', () => {
    const full = typed('a'.repeat(LIMITS.messageCharacters));
    expect(textOf(typed('b', full))).toBe(textOf(full));
  });
});
