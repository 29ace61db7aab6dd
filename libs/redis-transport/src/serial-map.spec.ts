import { describe, expect, it } from '@jest/globals';
import { SerialMap } from './serial-map.js';

describe('SerialMap', () => {
  it('finds a member under its number, until it is gone', () => {
    const map = new SerialMap<string>();
    const [a, b] = [map.add('a'), map.add('b')];
    expect([map.get(a), map.get(b), map.size]).toEqual(['a', 'b', 2]);
    expect([map.delete(a), map.delete(a)]).toEqual([true, false]);
    expect([map.get(a), map.get(b), map.size]).toEqual([undefined, 'b', 1]);
  });

  it('gives no number twice, however long a member stays', () => {
    const map = new SerialMap<string>();
    const stays = map.add('stays');
    const numbers = new Set([stays]);
    for (let at = 0; at < 1_000; at++) {
      const number = map.add('goes');
      numbers.add(number);
      map.delete(number);
    }
    expect(numbers.size).toBe(1_001);
    expect(map.values()).toEqual(['stays']);
    expect(map.get(stays)).toBe('stays');
  });

  it('knows nothing under a number that shares its place with a member', () => {
    const map = new SerialMap<string>();
    const number = map.add('a');
    for (let places = 1; places <= 4_096; places *= 2) {
      expect(map.get(number + places)).toBeUndefined();
      expect(map.delete(number + places)).toBe(false);
    }
    expect(map.get(Number.NaN)).toBeUndefined();
    expect(map.size).toBe(1);
  });

  it('grows, and returns its members in insertion order', () => {
    const map = new SerialMap<number>();
    const stays = map.add(-1);
    const numbers = Array.from({ length: 5_000 }, (_, at) => map.add(at));
    for (const number of numbers.slice(0, 4_000)) map.delete(number);
    expect(map.values()).toEqual([-1, ...Array.from({ length: 1_000 }, (_, at) => 4_000 + at)]);
    expect(map.get(stays)).toBe(-1);
    expect(map.get(numbers[4_999]!)).toBe(4_999);
  });
});
