import { describe, expect, it } from '@jest/globals';
import { alikeForms, kindOf, lastingForms, skeleton } from './alike-forms.js';

const looksLike = (one: string, other: string) => {
  const forms = alikeForms(one);
  return alikeForms(other).some((form) => forms.includes(form));
};

describe('skeleton', () => {
  it.each([
    ['paypal', 'раураl'],
    ['scope', 'ѕсоре'],
    ['rn', 'm'],
    ['ae', 'æ'],
  ])('is the same for %j and %j', (one, other) => {
    expect(skeleton(other)).toBe(skeleton(one));
  });

  it('knows every character of the table', () => {
    expect(skeleton('\u{1ccd6}')).toBe('A');
    expect(skeleton('\u05ad')).toBe('\u0596');
  });
});

describe('alikeForms', () => {
  it.each([
    ['a Cyrillic letter', 'admin', 'аdmin'],
    ['a Cyrillic letter in upper case', 'admin', 'АDMIN'],
    ['a capital that looks alike only as a capital', 'bob', 'Βob'],
    ['the small form of such a capital', 'Вася', 'Bася'],
    ['the same with the first name in small letters', 'вася', 'Bася'],
    ['a small letter that looks like a capital', 'Ivan', '\u04cfvan'],
    ['a capital in the middle', 'admin', 'аdmIn'],
    ['two letters for one', 'modern', 'mоdеm'],
    ['zero width', 'admin', 'ad\u200bmin'],
    ['a mark of direction', 'admin', '\u202eadmin'],
    ['fillers', 'admin', 'admin\u3164\u2800'],
    ['wide letters', 'admin', 'ａｄｍｉｎ'],
    ['spaces at the ends', 'admin', ' admin\u00a0'],
    ['mathematical letters', 'admin', '𝐚𝒅𝓶𝖎𝚗'],
    ['a dot that its letter has', 'admin', 'admi\u0307n'],
    ['a dot that its letter has, after another mark', 'adm\u1ecbn', 'admi\u0323\u0307n'],
    ['letters from right to left', 'user10', 'user\u05e1\u05c0'],
    ['the side of a digit', 'אב1', '1אב'],
    ['the side of a digit, in a script beyond 16 bits', '\u{1e922}\u{1e923}1', '1\u{1e922}\u{1e923}'],
  ])('are shared by names that differ in %s', (_, one, other) => {
    expect(looksLike(one, other)).toBe(true);
    expect(kindOf(other)).toBe('other');
  });

  it.each([
    ['muller', 'müller'],
    ['Straub', 'Strauß'],
    ['Zoé', 'Zoë'],
    ['борис', 'bopuc'],
    ['山田', '山口'],
    ['Ada', 'Ada Lovelace'],
    ['אב', 'בא'],
    ['דוד כהן', 'כהן דוד'],
    ['ėva', 'eva'],
  ])('are not shared by %j and %j', (one, other) => {
    expect(looksLike(one, other)).toBe(false);
  });

  it('are the same in either case, one for a name in ASCII', () => {
    for (let code = 0x21; code < 0x7f; code += 1) {
      const name = `a${String.fromCharCode(code)}`;
      expect(alikeForms(name)).toHaveLength(1);
      expect(alikeForms(name.toUpperCase())).toEqual(alikeForms(name));
    }
  });

  it.each(['modern', 'modem', 'user1', 'userl', 'O0', 'a b', '{}:~'])('leave %j to its own kind', (name) => {
    expect(kindOf(name)).toBe('clear');
  });

  it('are none for a name that cannot be seen', () => {
    expect(alikeForms('\u3164')).toEqual([]);
  });

  it('last in every spelling', () => {
    expect(lastingForms('ΒОB')).toEqual(lastingForms('βоb'));
    for (const form of lastingForms('Βоb')) expect(alikeForms('Βоb')).toContain(form);
  });
});
