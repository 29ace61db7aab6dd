import { describe, expect, it } from '@jest/globals';
import { keysIn } from './key-input.js';

describe('keys that come at once', () => {
  it.each([
    ['text is one', 'héllo 👋', ['héllo 👋']],
    ['arrows are several', '\u001b[D\u001b[D\u001b[5~', ['\u001b[D', '\u001b[D', '\u001b[5~']],
    ['control characters stand alone', '\u0015?\u007f\u007f', ['\u0015', '?', '\u007f', '\u007f']],
    ['a line and Enter are two', 'hello\r', ['hello', '\r']],
    ['Alt and a key are one', '\u001b\r\u001bx', ['\u001b\r', '\u001bx']],
    ['Escape alone is one', '\u001b', ['\u001b']],
    ['lines that are pasted stay together', 'one\rtwo\r', ['one\rtwo\r']],
    ['nothing is none', '', []],
  ])('%s', (_, chunk, keys) => {
    expect(keysIn(chunk)).toEqual(keys);
  });
});
