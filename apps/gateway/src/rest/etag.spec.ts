import { describe, expect, it } from '@jest/globals';
import { etagOf, matches } from './etag.js';

describe('an ETag', () => {
  const tag = etagOf('{"a":1}');

  it('names the bytes, and no others', () => {
    expect(tag).toMatch(/^"[\w-]{22}"$/);
    expect(etagOf('{"a":1}')).toBe(tag);
    expect(etagOf('{"a":2}')).not.toBe(tag);
  });

  it.each([tag, `W/${tag}`, `"other", ${tag}`, '*'])('is matched by %s', (header) => {
    expect(matches(header, tag)).toBe(true);
  });

  it.each([undefined, '', '"other"', tag.slice(1, -1)])('is not matched by %s', (header) => {
    expect(matches(header, tag)).toBe(false);
  });
});
