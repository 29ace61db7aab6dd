import { describe, expect, it } from '@jest/globals';
import { KeptReplies } from './kept-replies.js';

const bounds = { maxStoredReplies: 3, maxStoredRepliesBytes: 100, idempotencyTtlMs: 1_000 };

describe('KeptReplies', () => {
  it('names the oldest replies beyond the number, and beyond the bytes', () => {
    const kept = new KeptReplies(bounds);
    const surplus = ['a', 'b', 'c', 'd'].map((key) => kept.add(key, 10, 0));
    expect(surplus).toEqual([[], [], [], ['a']]);
    expect(kept.add('e', 85, 1)).toEqual(['b', 'c']);
    expect(kept.add('f', 500, 2)).toEqual(['d', 'e', 'f']);
  });

  it('does not count replies that have lapsed, nor a key twice', () => {
    const kept = new KeptReplies(bounds);
    kept.add('a', 60, 0);
    kept.add('b', 30, 500);
    expect(kept.add('b', 90, 1_001)).toEqual([]);
    expect(kept.add('c', 20, 1_002)).toEqual(['b']);
  });
});
