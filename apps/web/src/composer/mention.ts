/** A name that is being written after an `@`. */
export interface Mention {
  /** Where the `@` is. */
  readonly from: number;
  /** Where the cursor is. */
  readonly to: number;
  readonly prefix: string;
}

/** Longer prefixes are no names any more. */
const LONGEST = 64;

/** The mention that the cursor is in: an `@` at the beginning of a word, and at most one space after it. */
export function mentionAt(text: string, cursor: number): Mention | undefined {
  const before = text.slice(0, cursor);
  const from = before.lastIndexOf('@');
  if (from < 0 || before.length - from > LONGEST || !/^$|[\s(]$/.test(before.slice(0, from)))
    return undefined;
  const prefix = before.slice(from + 1);
  return /\n|\s\s|^\s|\s\S*\s/.test(prefix) ? undefined : { from, to: cursor, prefix };
}

/** The text with the name in place of what was written of it, and where the cursor is then. */
export function completed(
  text: string,
  { from, to }: Mention,
  username: string,
): { text: string; cursor: number } {
  const begun = `${text.slice(0, from)}@${username} `;
  return { text: begun + text.slice(to).replace(/^ /, ''), cursor: begun.length };
}

/** The people whose names begin with the prefix, in any letter case: at most `most`. */
export function matching<T extends { readonly Username: string }>(
  people: readonly T[],
  prefix: string,
  most: number,
): readonly T[] {
  const wanted = prefix.toLocaleLowerCase();
  return people.filter(({ Username }) => Username.toLocaleLowerCase().startsWith(wanted)).slice(0, most);
}
