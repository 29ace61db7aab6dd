import { describe, expect, it } from '@jest/globals';
import { type Intent, intentOf, type KeyPress } from './keys.js';

const inserts = (text: string): Intent => ({ kind: 'edit', edit: { kind: 'insert', text } });

describe('a key', () => {
  it.each<[string, string, KeyPress, Intent | undefined]>([
    ['a letter is written', 'a', {}, inserts('a')],
    ['Enter sends', '\r', { return: true }, { kind: 'submit' }],
    ['Alt-Enter begins a line', '\r', { return: true, meta: true }, inserts('\n')],
    ['Tab is the next conversation', '', { tab: true }, { kind: 'next' }],
    ['Shift-Tab is the previous one', '', { tab: true, shift: true }, { kind: 'previous' }],
    ['Ctrl-C quits', 'c', { ctrl: true }, { kind: 'quit' }],
    ['Ctrl-W deletes a word', 'w', { ctrl: true }, { kind: 'edit', edit: { kind: 'deleteWord' } }],
    ['another key with Ctrl means nothing', 'y', { ctrl: true }, undefined],
    ['a key with Alt means nothing', 'x', { meta: true }, undefined],
    ['Backspace deletes', '', { backspace: true }, { kind: 'edit', edit: { kind: 'deleteBefore' } }],
    ['so does what Ink calls delete', '', { delete: true }, { kind: 'edit', edit: { kind: 'deleteBefore' } }],
    ['Up scrolls by a line', '', { upArrow: true }, { kind: 'scroll', by: -1 }],
    ['a function key means nothing', '', {}, undefined],
  ])('%s', (_, input, key, intent) => {
    expect(intentOf(input, key)).toEqual(intent);
  });

  it('pastes several lines without sending them', () => {
    expect(intentOf('one\r\ntwo\rthree', {})).toEqual(inserts('one\ntwo\nthree'));
    expect(intentOf('[200~one\r[201~', {})).toEqual(inserts('one\n'));
  });

  it('pastes nothing that a terminal obeys', () => {
    expect(intentOf('a\u001b]0;x\u0007b\u009b1m', {})).toEqual(inserts('a]0;xb1m'));
  });
});
