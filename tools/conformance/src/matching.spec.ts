import { describe, expect, it } from '@jest/globals';
import { assertMatches, COUNT, differences, TEXT, TIME, UUID } from './matching.js';

describe('differences', () => {
  it('are none when the frame has what is expected and more', () => {
    const actual = { type: 'users', users: { total: 2, users: [{ a: 1, b: 2 }] }, id: 7 };
    expect(differences({ type: 'users', users: { total: COUNT, users: [{ a: 1 }] } }, actual)).toEqual([]);
  });

  it('name the path, the expectation and the actual value', () => {
    const expected = { a: { b: UUID }, c: 'x' };
    expect(differences(expected, { a: { b: 'no' }, c: 'y' })).toEqual([
      'frame.a.b: expected a UUID, got "no"',
      'frame.c: expected "x", got "y"',
    ]);
  });

  it('expect at least one item, and every item to match', () => {
    expect(differences([{ a: 1 }], [])).toHaveLength(1);
    expect(differences([{ a: 1 }], [{ a: 1 }, { a: 2 }])).toEqual(['frame[1].a: expected 1, got 2']);
    expect(differences([{ a: 1 }, { a: 2 }], [{ a: 2 }, { a: 1 }])).toEqual([]);
  });

  it.each([
    [UUID, '123e4567-e89b-12d3-a456-426614174000', '123e4567'],
    [TIME, '2026-01-02T03:04:05.678Z', '2026-01-02T03:04:05+01:00'],
    [TEXT, 'x', ''],
    [COUNT, 0, -1],
    ['', '', undefined],
    [{ a: 1 }, { a: 1 }, null],
    [[1], [1], { 0: 1 }],
  ])('%j accepts %j, not %j', (expected, right, wrong) => {
    expect(differences(expected, right)).toEqual([]);
    expect(differences(expected, wrong)).not.toEqual([]);
  });

  it('are all in the message of a failed match', () => {
    expect(() => assertMatches({ a: 1, b: 2 }, {})).toThrow('frame.a: expected 1, got nothing; frame.b');
  });
});
