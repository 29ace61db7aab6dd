import { describe, expect, it } from '@jest/globals';
import { shownName, shownPicture } from './said-profile.js';

describe('what an identity provider says of a user', () => {
  it.each([
    ['Ada Lovelace', 'Ada Lovelace'],
    [' Ada\n\tLovelace\u0000', 'Ada Lovelace'],
    ['', ''],
    [' \n', undefined],
    ['🎉'.repeat(101), '🎉'.repeat(100)],
    ['a\uD800', 'a'],
  ])('shows the name %j as %j', (said, shown) => {
    expect(shownName(said)).toBe(shown);
  });

  it.each([
    ['https://id.test/a b.png', 'https://id.test/a%20b.png'],
    ['', ''],
    ['http://id.test/a.png', undefined],
    ['javascript:alert(1)', undefined],
    ['data:image/png;base64,AAAA', undefined],
    ['https://user:password@id.test/', undefined],
    ['//id.test/a.png', undefined],
    [`https://id.test/${'a'.repeat(2_048)}`, undefined],
    [`https://id.test/${'ä'.repeat(1_000)}`, undefined],
  ])('shows the picture %j as %j', (said, shown) => {
    expect(shownPicture(said)).toBe(shown);
  });
});
