import { describe, expect, it } from '@jest/globals';
import { plain, plainLine, safeJson } from './plain-text.js';

describe('a text for the terminal', () => {
  it.each([
    ['a sequence that clears the screen', '\u001b[2Jgone', '[2Jgone'],
    ['a title', '\u001b]0;root@host\u0007', ']0;root@host'],
    ['a sequence with an 8-bit introducer', '\u009b31mred', '31mred'],
    ['a carriage return over an earlier line', 'ada: yes\rbob: no', 'ada: yes\nbob: no'],
    ['backspaces', 'no\b\byes', 'noyes'],
    ['marks that turn the direction', 'user\u202egnp.exe\u2066', 'usergnp.exe'],
    ['a tab, which moves the cursor', 'a\tb', 'a b'],
    ['separators of lines and paragraphs', 'a\u2028b\u2029c\u0085d', 'a\nb\nc\nd'],
  ])('has no %s', (_, text, shown) => {
    expect(plain(text)).toBe(shown);
  });

  it('keeps every other character', () => {
    const text = 'naïve 日本語 👩‍👩‍👧 עברית\nsecond line';
    expect(plain(text)).toBe(text);
  });

  it('is one line where one is wanted', () => {
    expect(plainLine('ada\r\n[12:00] bob: I agree')).toBe('ada [12:00] bob: I agree');
  });

  it('is JSON without a character that a terminal obeys, and loses nothing', () => {
    const value = { text: 'a\u001b[2J\u007f\u009b31m\u202e\u2028b' };
    const json = safeJson(value);
    expect(json).toMatch(/^[\x20-\x7e]*$/);
    expect(JSON.parse(json)).toEqual(value);
  });
});
