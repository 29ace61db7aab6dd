import { describe, expect, it } from '@jest/globals';
import { sectionOf, withSection } from './document.js';

const text = 'before\n<!-- npm run bench -- rooms -->\n\nold\n\n<!-- end of rooms -->\nafter\n';

describe("a document's generated section", () => {
  it('is replaced between its marks, and nothing else is', () => {
    const changed = withSection(text, 'rooms', '| new |');
    expect(sectionOf(changed, 'rooms')).toBe('| new |');
    expect(changed).toBe(text.replace('old', '| new |'));
  });

  it('is missed when its marks are', () => {
    expect(() => sectionOf(text, 'fan-out')).toThrow('npm run bench -- fan-out');
  });
});
