import { describe, expect, it } from '@jest/globals';
import { nickname } from './nickname.js';

describe('nickname', () => {
  it.each([
    ['Ada Lovelace', 'Ada Lovelace'],
    ['  Ada   Lovelace ', 'Ada Lovelace'],
    ['Ada\u00a0\u2003Lovelace\u3000', 'Ada Lovelace'],
    ['Ａｄａ', 'Ada'],
    ['e\u0301', 'é'],
    ['ﬁn', 'fin'],
    ['Straße', 'Straße'],
    ['😀 {}:*[]?\\', '😀 {}:*[]?\\'],
    ['中村・一', '中村・一'],
    ['col·lega', 'col·lega'],
    ['O\u00b4Neill', 'O \u0301Neill'],
    ['Việt', 'Việt'],
    ['שָׁלוֹם', 'שָׁלוֹם'.normalize('NFC')],
    ['रवि', 'रवि'],
    ['\u0661\u0662', '\u0661\u0662'],
  ])('maps %j to %j', (text, name) => {
    expect(nickname(text)).toEqual({ name });
    expect(nickname(name)).toEqual({ name });
  });

  it.each([
    ['zero width', 'ad\u200bmin'],
    ['a joiner', 'ad\u200dmin'],
    ['a mark of direction', '\u202eadmin'],
    ['an isolate', 'ad\u2066min'],
    ['a soft hyphen', 'ad\u00admin'],
    ['a Hangul filler', 'admin\u3164'],
    ['a half-width filler', 'admin\uffa0'],
    ['a blank of Braille', 'admin\u2800'],
    ['a note head that is not drawn', 'admin\u{1d159}'],
    ['a variation selector', 'admin\ufe0f'],
    ['a tag', 'admin\u{e0061}'],
    ['the place of an object', 'admin\ufffc'],
    ['a joiner of Brahmi', 'ad\u{1107f}min'],
    ['a blank of Egypt', 'admin\u{13441}'],
    ['a filler of Khitan', 'ad\u{16fe4}min'],
  ])('leaves out %s, and refuses it', (_, text) => {
    expect(nickname(text)).toEqual({ name: 'admin', fault: expect.any(String) });
  });

  it.each([
    ['nothing', ''],
    ['spaces alone', ' \u3000'],
    ['fillers alone', '\u3164\u2800'],
  ])('refuses %s, of which nothing is left', (_, text) => {
    expect(nickname(text)).toEqual({ name: '', fault: 'expected characters that can be seen' });
  });

  it.each([
    ['a control character', 'a\u0000b'],
    ['a line separator', 'a\u2028b'],
    ['a private character', 'a\ue000b'],
    ['what is not assigned', 'a\u0378b'],
    ['old Hangul', 'a\u1100b'],
    ['a tatweel', 'a\u0640b'],
    ['a middle dot between other letters', 'a·b'],
    ['a katakana dot without Japanese', 'a・b'],
    ['a keraia before no Greek', '\u0375a'],
    ['a geresh after no Hebrew', 'a\u05f3'],
    ['digits of two kinds', '\u0661\u06f1'],
    ['a mark without a letter', '\u0332admin'],
    ['a mark that a letter has', 'e\u0301\u0301'],
    ['a mark that a letter has, with others between', 'e\u0301\u0323\u0301'],
    ['five marks on a letter', 'e\u0301\u0302\u0303\u0304\u0305'],
    ['more than 64 characters after NFKC', '\ufdfa'.repeat(4)],
  ])('refuses %s', (_, text) => {
    expect(nickname(text).fault).toBeDefined();
  });
});
