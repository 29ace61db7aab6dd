const SUBJECT_CHARACTERS = 255;

/** What is expected of the subject of a token. */
export const SUBJECT_EXPECTED = `expected 1 to ${SUBJECT_CHARACTERS} characters`;

/** Two texts that differ in what is no character, such as half of a pair, would count as one when they are hashed. */
export const isSubject = (text: unknown): text is string =>
  typeof text === 'string' &&
  text !== '' &&
  text.length <= SUBJECT_CHARACTERS &&
  !/\p{Surrogate}/u.test(text);
