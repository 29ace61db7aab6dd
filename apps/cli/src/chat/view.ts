import type { Line } from './message-lines.js';

/** Which lines are on the screen: those that end with the line of this key, or the newest. */
export type Anchor = string | undefined;

/** The part of the lines that is on the screen. */
export interface View {
  readonly lines: readonly Line[];
  /** Nothing newer lies below it. */
  readonly isAtEnd: boolean;
  /** Nothing older lies above it. */
  readonly isAtStart: boolean;
}

const messageOf = (key: string): string => key.slice(0, key.lastIndexOf(' '));

/** The last line on the screen. A line that is gone, because the screen has another width, stands for its message. */
function lastIndex(lines: readonly Line[], anchor: Anchor): number {
  if (anchor === undefined) return lines.length - 1;
  const exact = lines.findIndex(({ key }) => key === anchor);
  if (exact >= 0) return exact;
  const near = lines.findLastIndex(({ key }) => messageOf(key) === messageOf(anchor));
  return near >= 0 ? near : lines.length - 1;
}

/** What `height` rows show. Lines that come before or after do not move it. */
export function viewOf(lines: readonly Line[], anchor: Anchor, height: number): View {
  const last = Math.max(lastIndex(lines, anchor), Math.min(height, lines.length) - 1);
  const first = Math.max(last - height + 1, 0);
  return {
    lines: lines.slice(first, last + 1),
    isAtEnd: last === lines.length - 1,
    isAtStart: first === 0,
  };
}

/** Where a screen stands that has moved by some lines: up with less than 0. */
export function moved(lines: readonly Line[], anchor: Anchor, height: number, by: number): Anchor {
  const lowest = Math.min(height, lines.length) - 1;
  const last = Math.max(lastIndex(lines, anchor) + by, lowest);
  return last >= lines.length - 1 ? undefined : lines[last]!.key;
}
