import { createHash } from 'node:crypto';
import { LIMITS, nickname } from '@parley/protocol';

/** Numbers that are tried in their order: 2 to 9. */
const SMALL = [2, 3, 4, 5, 6, 7, 8, 9];
/** Digits of the numbers after those, two tries for each: among a million users of one name, nearly every number of 9 digits is free. */
const DIGITS = [3, 3, 5, 5, 7, 7, 9, 9];

/** The username that an identity provider gives: the first of the names that an account may have, cut to a username's length. */
export function wantedName(names: readonly string[]): string | undefined {
  for (const text of names) {
    const { name, fault } = nickname(cut(text, LIMITS.usernameCharacters));
    if (fault === undefined) return name;
  }
  return undefined;
}

/** A username that says nothing, for a user to whom the identity provider gives none. */
export const namelessName = (userUUID: string): string => `user-${userUUID.slice(0, 8)}`;

/**
 * The usernames to try for a user, in their order: the wanted one, and then that with a number. The larger numbers follow from the
 * user, so that a sign-in that is repeated tries the same, and many users of one name at once do not all try the same.
 */
export function* usernames(wanted: string, userUUID: string): Generator<string> {
  yield wanted;
  for (const number of SMALL) yield numbered(wanted, String(number));
  for (const [n, digits] of DIGITS.entries()) yield numbered(wanted, digitsOf(`${userUUID} ${n}`, digits));
}

/** A number after a digit would read as part of it. */
function numbered(name: string, number: string): string {
  const suffix = /\d$/.test(name) ? `-${number}` : number;
  return `${cut(name, LIMITS.usernameCharacters - suffix.length)}${suffix}`;
}

const digitsOf = (seed: string, digits: number): string =>
  String(
    (createHash('sha256').update(seed).digest().readUIntBE(0, 6) % (9 * 10 ** (digits - 1))) +
      10 ** (digits - 1),
  );

const cut = (text: string, most: number): string =>
  Array.from(text.slice(0, 2 * most))
    .slice(0, most)
    .join('')
    .trimEnd();
