import { describe, expect, it } from '@jest/globals';
import type { Line } from './message-lines.js';
import { moved, viewOf } from './view.js';

const lines = (from: number, to: number): Line[] =>
  Array.from({ length: to - from + 1 }, (_, index) => ({ key: `m${from + index} 0`, spans: [] }));
const shown = (all: readonly Line[], anchor: string | undefined, height = 4) =>
  viewOf(all, anchor, height).lines.map(({ key }) => key.split(' ')[0]);

describe('the screen of messages', () => {
  const all = lines(1, 10);

  it('shows the newest, and keeps to it', () => {
    expect(viewOf(all, undefined, 4)).toMatchObject({ isAtEnd: true, isAtStart: false });
    expect(shown(all, undefined)).toEqual(['m7', 'm8', 'm9', 'm10']);
    expect(shown(lines(1, 11), undefined)).toEqual(['m8', 'm9', 'm10', 'm11']);
  });

  it('goes up by pages to the first line, and back down to the newest', () => {
    const up = moved(all, undefined, 4, -3);
    expect(shown(all, up)).toEqual(['m4', 'm5', 'm6', 'm7']);
    const top = moved(all, up, 4, -30);
    expect(shown(all, top)).toEqual(['m1', 'm2', 'm3', 'm4']);
    expect(viewOf(all, top, 4)).toMatchObject({ isAtEnd: false, isAtStart: true });
    expect(moved(all, top, 4, 30)).toBeUndefined();
  });

  it('stands still while lines come before and after', () => {
    const up = moved(all, undefined, 4, -3);
    expect(shown(lines(-20, 15), up)).toEqual(['m4', 'm5', 'm6', 'm7']);
  });

  it('keeps to the message when its lines are others', () => {
    expect(shown(all, 'm6 3')).toEqual(['m3', 'm4', 'm5', 'm6']);
    expect(shown(all, 'gone 0')).toEqual(['m7', 'm8', 'm9', 'm10']);
  });

  it('shows what there is where that is less than a screen', () => {
    expect(viewOf(lines(1, 2), undefined, 4)).toMatchObject({ isAtEnd: true, isAtStart: true });
    expect(moved(lines(1, 2), undefined, 4, -3)).toBeUndefined();
    expect(viewOf([], undefined, 4)).toEqual({ lines: [], isAtEnd: true, isAtStart: true });
  });
});
