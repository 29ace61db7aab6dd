import { describe, expect, it } from '@jest/globals';
import { nameBasedUuid } from './name-based-uuid.js';

const DNS = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';

describe('a name-based UUID', () => {
  it('is that of the example in RFC 9562, appendix A.4', () => {
    expect(nameBasedUuid('www.example.com', DNS)).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2');
  });

  it('is of version 5 and of the variant of the RFC, whatever the name', () => {
    for (let n = 0; n < 64; n += 1)
      expect(nameBasedUuid(`naïve ${n}`, DNS)).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      );
  });
});
