import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { coloursOf, contrastOf } from './contrast.js';

const css = readFileSync(new URL('tokens.css', import.meta.url), 'utf8');

/** Texts, and what they stand on. */
const TEXTS: readonly (readonly [text: string, grounds: readonly string[]])[] = [
  ['ink', ['paper', 'surface', 'raised', 'hover', 'mine']],
  ['ink-soft', ['paper', 'surface', 'raised', 'hover']],
  ['accent', ['paper', 'surface', 'raised', 'hover', 'mine']],
  ['mine-soft', ['mine']],
  ['on-accent', ['accent', 'accent-hover']],
  ['danger', ['paper', 'surface', 'raised', 'hover', 'mine']],
  ['on-danger', ['danger']],
  ['on-notice', ['notice']],
  ['on-person', ['person-1', 'person-2', 'person-3', 'person-4', 'person-5', 'person-6']],
];

/** What shows a state or the edge of a control, and what it stands on. */
const MARKS: readonly (readonly [mark: string, grounds: readonly string[]])[] = [
  ['line-strong', ['paper', 'surface']],
  ['online', ['paper', 'surface', 'hover']],
];

describe.each(['light', 'dark'] as const)('the %s theme', (theme) => {
  const colours = coloursOf(css, theme);
  const pairs = (table: typeof TEXTS) =>
    table.flatMap(([front, grounds]) => grounds.map((ground) => ({ front, ground })));

  it.each(pairs(TEXTS))('has text in $front that is legible on $ground', ({ front, ground }) => {
    expect(contrastOf(colours.get(front)!, colours.get(ground)!)).toBeGreaterThanOrEqual(4.5);
  });

  it.each(pairs(MARKS))('has marks in $front that are seen on $ground', ({ front, ground }) => {
    expect(contrastOf(colours.get(front)!, colours.get(ground)!)).toBeGreaterThanOrEqual(3);
  });
});

describe('contrast', () => {
  it('is what WCAG says of black and white, and of a grey that just passes', () => {
    expect(contrastOf('#000000', '#ffffff')).toBeCloseTo(21);
    expect(contrastOf('#767676', '#ffffff')).toBeCloseTo(4.54, 2);
  });
});
