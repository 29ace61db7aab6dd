import { LIMITS } from '@parley/protocol';

/** A text that is written, and where the cursor stands in it: before the character with that number. */
export interface Draft {
  /** One grapheme each: what a person takes for a character. */
  readonly characters: readonly string[];
  readonly cursor: number;
}

/** What a key does to a draft. */
export type Edit =
  | { readonly kind: 'insert'; readonly text: string }
  | { readonly kind: 'left' | 'right' | 'start' | 'end' }
  | { readonly kind: 'deleteBefore' | 'deleteAfter' | 'deleteWord' | 'deleteToStart' | 'deleteToEnd' };

export const emptyDraft: Draft = { characters: [], cursor: 0 };

const segmenter = new Intl.Segmenter();
export const graphemes = (text: string): string[] =>
  Array.from(segmenter.segment(text), ({ segment }) => segment);

export const textOf = ({ characters }: Draft): string => characters.join('');

const at = (characters: readonly string[], cursor: number): Draft => ({
  characters,
  cursor: Math.min(Math.max(cursor, 0), characters.length),
});

/** The draft after a key. What goes beyond the longest message is not taken. */
export function edited(draft: Draft, edit: Edit): Draft {
  const { characters, cursor } = draft;
  const before = characters.slice(0, cursor);
  const after = characters.slice(cursor);
  switch (edit.kind) {
    case 'insert':
      return inserted(before, edit.text, after);
    case 'left':
      return at(characters, cursor - 1);
    case 'right':
      return at(characters, cursor + 1);
    case 'start':
      return at(characters, 0);
    case 'end':
      return at(characters, characters.length);
    case 'deleteBefore':
      return at([...before.slice(0, -1), ...after], cursor - 1);
    case 'deleteAfter':
      return at([...before, ...after.slice(1)], cursor);
    case 'deleteWord': {
      const kept = before.slice(0, wordStart(before));
      return at([...kept, ...after], kept.length);
    }
    case 'deleteToStart':
      return at(after, 0);
    case 'deleteToEnd':
      return at(before, cursor);
  }
}

/** A mark may join the character before it: the whole is divided again. */
function inserted(before: readonly string[], text: string, after: readonly string[]): Draft {
  const head = graphemes(before.join('') + text);
  const whole = graphemes(head.join('') + after.join(''));
  const isLong = [...whole.join('')].length > LIMITS.messageCharacters;
  return isLong ? at([...before, ...after], before.length) : at(whole, head.length);
}

/** Where the word before the cursor begins, with the spaces after it. */
function wordStart(before: readonly string[]): number {
  let start = before.length;
  while (start > 0 && before[start - 1]!.trim() === '') start -= 1;
  while (start > 0 && before[start - 1]!.trim() !== '') start -= 1;
  return start;
}
