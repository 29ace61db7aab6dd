import bidiModule, { type Bidi } from 'bidi-js';

// The package is a CommonJS function. Its types describe an ES module.
const bidi = (bidiModule as unknown as () => Bidi)();

/** Where the characters are that are written from right to left. */
const FROM_RIGHT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
const MARK = /\p{M}/u;
const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;

/**
 * The characters of a text in the order in which a line that begins on the left shows them, with mirrored brackets (UAX 9, rules
 * L2 to L4). Texts that differ may come to the same: "א1" and "1א" do.
 */
export function visualOrder(text: string): string {
  if (!FROM_RIGHT.test(text)) return text;
  const characters = [...text];
  const line = characters.map(standIn).join('');
  const embedding = bidi.getEmbeddingLevels(line, 'ltr');
  let [shown, marks] = ['', ''];
  for (const index of bidi.getReorderedIndices(line, embedding)) {
    const character = characters[index] as string;
    const isReversed = (embedding.levels[index] as number) % 2 === 1;
    if (isReversed && MARK.test(character)) marks = character + marks;
    else {
      shown += ((isReversed && bidi.getMirroredCharacter(character)) || character) + marks;
      marks = '';
    }
  }
  return shown + marks;
}

/** A character of the same direction that is one UTF-16 unit, as the library expects. */
function standIn(character: string): string {
  if (character.length === 1) return character;
  if (MARK.test(character)) return '\u0300';
  if (FROM_RIGHT.test(character)) return '\u05d0';
  return LETTER_OR_DIGIT.test(character) ? 'a' : '!';
}
