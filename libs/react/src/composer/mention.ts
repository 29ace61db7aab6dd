/** A name that is being written after an `@`. */
export interface BegunMention {
  /** Where the `@` is. */
  readonly from: number;
  /** Where the cursor is. */
  readonly to: number;
  /** What of the name is written. */
  readonly prefix: string;
}

/** Longer prefixes are no names any more. */
const LONGEST = 64;

/** The mention that the cursor is in: an `@` at the beginning of a word, and at most one space after it. */
export function mentionAt(text: string, cursor: number): BegunMention | undefined {
  const before = text.slice(0, cursor);
  const from = before.lastIndexOf('@');
  if (from < 0 || before.length - from > LONGEST || !/^$|[\s(]$/.test(before.slice(0, from)))
    return undefined;
  const prefix = before.slice(from + 1);
  return /\n|\s\s|^\s|\s\S*\s/.test(prefix) ? undefined : { from, to: cursor, prefix };
}

/** The text with a name in place of what is written of that name at the cursor, or else put there; and where the cursor is then. */
export function withMention(
  text: string,
  cursor: number,
  username: string,
): { readonly text: string; readonly cursor: number } {
  const begunHere = mentionAt(text, cursor);
  const from = begunHere && beginsWith(username, begunHere.prefix) ? begunHere.from : cursor;
  const before = text.slice(0, from);
  const gap = from === cursor && /[^\s(]$/.test(before) ? ' ' : '';
  const begun = `${before}${gap}@${username} `;
  return { text: begun + text.slice(cursor).replace(/^ /, ''), cursor: begun.length };
}

/** The users whose names begin with the prefix, in any letter case: at most `most`. */
export function usersNamed<T extends { readonly Username: string }>(
  users: readonly T[],
  prefix: string,
  most: number,
): readonly T[] {
  return users.filter(({ Username }) => beginsWith(Username, prefix)).slice(0, most);
}

const beginsWith = (username: string, prefix: string): boolean =>
  username.toLocaleLowerCase().startsWith(prefix.toLocaleLowerCase());
