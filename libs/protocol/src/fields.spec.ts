import { describe, expect, it } from '@jest/globals';
import { codePoints } from './code-points.js';
import { usernameKey } from './fields.js';

describe('usernameKey', () => {
  it.each([
    ['Ada', 'aDA'],
    ['É', 'e\u0301'],
    ['straße', 'STRASSE'],
    ['ſ', 's'],
    ['Σ', 'ς'],
  ])('is the same for %j and %j', (one, other) => {
    expect(usernameKey(one)).toBe(usernameKey(other));
  });

  it('differs for different letters', () => {
    expect(usernameKey('a')).not.toBe(usernameKey('á'));
  });
});

describe('codePoints', () => {
  it('counts a surrogate pair once', () => {
    expect(codePoints('a😀b')).toBe(3);
  });
});
