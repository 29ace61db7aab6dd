import { describe, expect, it } from '@jest/globals';
import { readStamp, STAMP_BYTES, type Stamp, writeStamp } from './stamp.js';

const stamp: Stamp = { origin: 1, sender: 99_999, number: 4_000_000_000, due: 1_795_730_400_123_456 };
const none = (): Stamp => ({ origin: 0, sender: 0, number: 0, due: 0 });

describe('a stamp', () => {
  it('is read out of any text as it was written', () => {
    const text = Buffer.from(`{"~": "~= ~~=${writeStamp(stamp, 100)}"}`);
    const found = none();
    expect(readStamp(text, 0, text.length, found)).toBe(true);
    expect(found).toEqual(stamp);
  });

  it('has the length that is asked for, and no less than it needs', () => {
    expect(writeStamp(stamp, 100)).toHaveLength(100);
    expect(writeStamp(stamp, 1)).toHaveLength(STAMP_BYTES);
  });

  it('mentions nobody: a chat would look for a user of that name', () => {
    expect(writeStamp(stamp, 100)).not.toContain('@');
  });

  it('needs nothing that JSON escapes', () => {
    expect(JSON.stringify(writeStamp(stamp, 100))).toHaveLength(102);
  });

  it('is not found where it is cut, spoilt or outside the bounds', () => {
    const text = Buffer.from(writeStamp(stamp, STAMP_BYTES));
    expect(readStamp(text, 0, text.length - 1, none())).toBe(false);
    expect(readStamp(text, 1, text.length, none())).toBe(false);
    for (let at = 0; at < text.length; at += 1) {
      const spoilt = Buffer.from(text);
      spoilt[at] = 'x'.charCodeAt(0);
      expect(readStamp(spoilt, 0, spoilt.length, none())).toBe(false);
    }
  });
});
