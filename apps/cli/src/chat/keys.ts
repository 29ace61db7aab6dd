import type { Edit } from './editing.js';

/** What a key press says, as Ink reads it. */
export interface KeyPress {
  readonly leftArrow?: boolean;
  readonly rightArrow?: boolean;
  readonly upArrow?: boolean;
  readonly downArrow?: boolean;
  readonly pageUp?: boolean;
  readonly pageDown?: boolean;
  readonly home?: boolean;
  readonly end?: boolean;
  readonly return?: boolean;
  readonly escape?: boolean;
  readonly tab?: boolean;
  readonly shift?: boolean;
  readonly ctrl?: boolean;
  readonly meta?: boolean;
  readonly backspace?: boolean;
  readonly delete?: boolean;
}

/** What the reader wants by a key. */
export type Intent =
  | { readonly kind: 'quit' | 'submit' | 'escape' | 'next' | 'previous' | 'pageUp' | 'pageDown' }
  | { readonly kind: 'scroll'; readonly by: number }
  | { readonly kind: 'edit'; readonly edit: Edit };

/** The keys, as the help shows them. */
export const KEYS = [
  ['Enter', 'sends the message'],
  ['Alt-Enter', 'begins a new line'],
  ['Tab, Ctrl-N', 'the next conversation'],
  ['Shift-Tab, Ctrl-P', 'the previous one'],
  ['PgUp, PgDn', 'older and newer messages'],
  ['Up, Down', 'the same by a line'],
  ['Esc', 'the newest message'],
  ['Ctrl-A, Ctrl-E', 'the start and the end of the text'],
  ['Ctrl-W, Ctrl-U, Ctrl-K', 'deletes a word, to the start, to the end'],
  ['Ctrl-C', 'quits'],
] as const;

/** The commands that are written in place of a message, as the help shows them. */
export const WRITTEN = [
  ['/msg NAME', 'the private conversation with a user'],
  ['/join GROUP', 'a group; makes you a member of a public one'],
  ['/quit', 'quits'],
] as const;

const edit = (kind: Exclude<Edit['kind'], 'insert'>): Intent => ({ kind: 'edit', edit: { kind } });

const WITH_CTRL: Readonly<Record<string, Intent>> = {
  c: { kind: 'quit' },
  d: edit('deleteAfter'),
  n: { kind: 'next' },
  p: { kind: 'previous' },
  a: edit('start'),
  e: edit('end'),
  b: edit('left'),
  f: edit('right'),
  w: edit('deleteWord'),
  u: edit('deleteToStart'),
  k: edit('deleteToEnd'),
};

/** What stands around a pasted text, if the terminal says that it is one, after its control characters. */
const PASTE_MARKS = /\[20[01]~/g;
/** What no message needs, and no screen stands. */
const CONTROLS = /(?!\n)\p{Cc}/gu;

/** A text as it is typed or pasted: with line feeds, and no other control character. */
const typed = (input: string): string =>
  input.replace(/\r\n?/g, '\n').replaceAll('\t', ' ').replace(CONTROLS, '').replace(PASTE_MARKS, '');

/** @returns undefined for a key that means nothing. */
export function intentOf(input: string, key: KeyPress): Intent | undefined {
  if (key.return) return key.meta ? insert('\n') : { kind: 'submit' };
  if (key.tab) return { kind: key.shift ? 'previous' : 'next' };
  if (key.escape) return { kind: 'escape' };
  if (key.ctrl) return WITH_CTRL[input];
  return byName(key) ?? (key.meta ? undefined : inserted(input));
}

function byName(key: KeyPress): Intent | undefined {
  if (key.pageUp) return { kind: 'pageUp' };
  if (key.pageDown) return { kind: 'pageDown' };
  if (key.upArrow) return { kind: 'scroll', by: -1 };
  if (key.downArrow) return { kind: 'scroll', by: 1 };
  if (key.leftArrow) return edit('left');
  if (key.rightArrow) return edit('right');
  if (key.home) return edit('start');
  if (key.end) return edit('end');
  // Most terminals send for Backspace what Ink calls delete.
  if (key.backspace || key.delete) return edit('deleteBefore');
  return undefined;
}

const insert = (text: string): Intent => ({ kind: 'edit', edit: { kind: 'insert', text } });

function inserted(input: string): Intent | undefined {
  const text = typed(input);
  return text === '' ? undefined : insert(text);
}
