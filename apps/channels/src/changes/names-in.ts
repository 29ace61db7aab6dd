import { LIMITS, usernameKey } from '@parley/protocol';

/** Where a name may begin: at an `@` that does not continue a word, as in an address of e-mail. */
const AT = /(?<![\p{L}\p{M}\p{N}_.+-])@(?=[^\s@])/gu;
/** A name may have spaces inside: so many words are tried. */
const WORDS = 4;
/** What may follow a name without a space. */
const TRAILING = /[\p{P}\p{S}]+$/u;
/** The most UTF-16 units that a name has. */
const NAME_UNITS = 2 * LIMITS.usernameCharacters;

/**
 * The names that may be meant by each `@` of a text, the longest first, in the form in which names are compared. At most
 * `mentionsPerMessage` of them are looked at.
 */
export function namesIn(text: string): string[][] {
  const found: string[][] = [];
  for (const { index } of text.matchAll(AT)) {
    if (found.length === LIMITS.mentionsPerMessage) break;
    found.push(candidatesIn(text.slice(index + 1, index + 1 + NAME_UNITS)));
  }
  return found;
}

function candidatesIn(text: string): string[] {
  const line = text.split(/[\n\r@]/u, 1)[0]!;
  const words = [...line.matchAll(/\S+/gu)].slice(0, WORDS);
  const names = words.flatMap(({ 0: word, index }) => {
    const name = line.slice(0, index + word.length);
    return [name, name.replace(TRAILING, '')];
  });
  return [...new Set(names.filter((name) => name !== '').map(usernameKey))].reverse();
}
