/** Line breaks of all kinds. */
const BREAKS = /\r\n|[\r\u0085\u2028\u2029]/g;
/** What may command a terminal: control characters (C0, DEL and C1) but for the line feed. */
const CONTROLS = /(?!\n)\p{Cc}/gu;
/** Marks that turn the direction of what follows, beyond the text that they stand in. */
const DIRECTIONS = /[\u202a-\u202e\u2066-\u2069]/g;

/**
 * A text that does nothing but show: without control characters, so that no message and no name moves the cursor, changes a title or
 * colours what is not its own. Line breaks stay; a tab becomes a space.
 */
export const plain = (text: string): string =>
  text.replace(BREAKS, '\n').replaceAll('\t', ' ').replace(CONTROLS, '').replace(DIRECTIONS, '');

/** As {@link plain}, in one line: names, titles, what an error says. */
export const plainLine = (text: string): string => plain(text).replaceAll('\n', ' ');

/** What JSON leaves unescaped although a terminal may obey it. */
const UNESCAPED = /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** A value as JSON that is safe to show in a terminal, and loses nothing. */
export const safeJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    UNESCAPED,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
