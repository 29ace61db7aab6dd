import { codePoints } from './code-points.js';
import { LIMITS } from './limits.js';

/** Spaces of any kind that follow each other. */
const SPACES = /\p{Zs}+/gu;
/**
 * Characters that draw nothing, or only an empty place: those that Unicode calls default ignorable (DI), a blank of Braille, the
 * place of an object, a joiner of Brahmi, blanks of Egypt, a filler of Khitan, and a note without a head.
 */
const INVISIBLE = /[\p{DI}\u2800\ufffc\u{1107f}\u{13441}\u{13442}\u{16fe4}\u{1d159}]/gu;

/** The FreeformClass of PRECIS (RFC 8264, section 4.3), before its exceptions. What Unicode has not assigned is not in it. */
const FREEFORM = /^[\p{L}\p{M}\p{N}\p{S}\p{P} ]*$/u;
/** Old Hangul jamo, and the exceptions that RFC 5892 (section 2.6) disallows. */
const DISALLOWED = /[\u302e\u302f\u3031-\u3035\u303b\u0640\u07fa\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7fb]/u;
/**
 * Marks that hide each other or cover what stands around a name (UTS 39, section 5.4): one without a letter before it, the same
 * one twice, more than four on a letter.
 */
const TOO_MANY_MARKS = /^\p{M}|(\p{Mn})\1|[\p{Mn}\p{Me}]{5}/u;
/** Characters without the neighbours that RFC 5892 (appendix A) asks for. */
const OUT_OF_CONTEXT =
  /(?<!l)\u00b7|\u00b7(?!l)|\u0375(?!\p{Script=Greek})|(?<!\p{Script=Hebrew})[\u05f3\u05f4]/iu;
const KATAKANA_DOT = /\u30fb/u;
const JAPANESE = /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u;
const ARABIC_DIGIT = /[\u0660-\u0669]/u;
const EXTENDED_ARABIC_DIGIT = /[\u06f0-\u06f9]/u;

/** RFC 8266 asks for at most three repetitions until nothing changes. */
const ROUNDS = 4;

/** A username under the PRECIS Nickname profile. */
export interface Nickname {
  /** The text as the profile maps it, without what cannot be seen. Empty if nothing can. */
  readonly name: string;
  /** Why a new account may not have the text as its name: what was expected instead. */
  readonly fault?: string;
}

/**
 * Maps a username as the PRECIS Nickname profile does (RFC 8266, section 2.1): spaces are plain and single, none is at an
 * end, and the text is in NFKC. Characters that join letters (U+200C, U+200D) are refused in any context, because nobody
 * sees them.
 */
export function nickname(text: string): Nickname {
  const whole = mapped(text);
  const name = mapped(whole.replace(INVISIBLE, ''));
  const fault = faultIn(whole, name);
  return fault === undefined ? { name } : { name, fault };
}

function mapped(text: string): string {
  let now = text;
  for (let round = 0; round < ROUNDS; round += 1) {
    const next = now.replace(SPACES, ' ').replace(/^ | $/g, '').normalize('NFKC');
    if (next === now) break;
    now = next;
  }
  return now;
}

function faultIn(whole: string, name: string): string | undefined {
  if (name === '') return 'expected characters that can be seen';
  if (!FREEFORM.test(whole) || DISALLOWED.test(whole) || whole.search(INVISIBLE) >= 0)
    return 'expected letters, digits, symbols and spaces that can be seen';
  if (TOO_MANY_MARKS.test(whole.normalize('NFD')))
    return 'expected at most four marks on a letter, and none twice';
  if (isOutOfContext(whole)) return 'expected no character out of its context';
  if (codePoints(whole) > LIMITS.usernameCharacters)
    return `expected 1 to ${LIMITS.usernameCharacters} characters after NFKC`;
  return undefined;
}

const isOutOfContext = (text: string): boolean =>
  OUT_OF_CONTEXT.test(text) ||
  (KATAKANA_DOT.test(text) && !JAPANESE.test(text)) ||
  (ARABIC_DIGIT.test(text) && EXTENDED_ARABIC_DIGIT.test(text));
