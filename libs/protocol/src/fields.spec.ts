import { describe, expect, it, jest } from '@jest/globals';
import { codePoints } from './code-points.js';
import { username, usernameKey } from './fields.js';

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

describe('username', () => {
  it.each(['\u1f82', '\u{2f800}', '\uac01'])(
    'has 64 characters after NFC, each of them %j decomposed',
    (one) => {
      const name = one.normalize('NFC').repeat(64);
      expect(username.parse(one.repeat(64))).toBe(name);
      expect(username.parse(name.normalize('NFD'))).toBe(name);
      expect(username.safeParse(one.repeat(65)).success).toBe(false);
    },
  );

  // Putting 64 KiB of marks in order takes half a second, in which a gateway does nothing else.
  it('is not normalized when it is longer than any username', () => {
    const normalize = jest.spyOn(String.prototype, 'normalize');
    try {
      expect(username.safeParse(`a${'\u0301\u0323'.repeat(16_000)}`).success).toBe(false);
      expect(normalize).not.toHaveBeenCalled();
    } finally {
      normalize.mockRestore();
    }
  });
});

describe('codePoints', () => {
  it('counts a surrogate pair once', () => {
    expect(codePoints('a😀b')).toBe(3);
  });
});
