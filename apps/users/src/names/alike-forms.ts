import { createHash } from 'node:crypto';
import { nickname, usernameKey } from '@parley/protocol';
import { CONFUSABLES, CONFUSABLES_VERSION } from './confusables.js';
import { visualOrder } from './visual-order.js';

/** Counts the changes of the rules in this file and in `nickname` that change the forms of a name. */
const RULES = 1;

/** Names how {@link alikeForms} are made. What is stored carries it: forms that are made in another way are never compared. */
export const ALIKE_FORMS = `${CONFUSABLES_VERSION}-${RULES}`;

/** A name is clear (ASCII as the Nickname profile has it), or it may be a disguise of another one. */
export const NAME_KINDS = ['clear', 'other'] as const;

/** One of the {@link NAME_KINDS}. */
export type NameKind = (typeof NAME_KINDS)[number];

const IGNORABLE = /\p{DI}/gu;
const ASCII = /^[ -~]*$/;
/** A dot above a letter that has one: it is not drawn twice. */
const SECOND_DOT = /([ij]\p{Mn}*?)\u0307/gu;
/** 96 bits: a collision by chance refuses one name, and nobody can aim at one. */
const DIGEST_BYTES = 12;

const prototypes = readPrototypes();

function readPrototypes(): Map<string, string> {
  const ofCharacter = new Map<string, string>();
  const text = (digits: string) =>
    String.fromCodePoint(...digits.split('+').map((hex) => Number.parseInt(hex, 16)));
  for (const group of CONFUSABLES.trim().split(/\s+/)) {
    const [prototype, alike] = group.split(':') as [string, string];
    for (const digits of alike.split(',')) ofCharacter.set(text(digits), text(prototype));
  }
  return ofCharacter;
}

/** The skeleton of a text (UTS 39, section 4, `bidiSkeleton` from left to right): texts that look alike have the same one. */
export function skeleton(text: string): string {
  let replaced = '';
  for (const character of visualOrder(text).normalize('NFD').replace(IGNORABLE, '')) {
    replaced += prototypes.get(character) ?? character;
  }
  return replaced.normalize('NFD');
}

/** Whether a name may only clash by case with others of its kind. */
export const kindOf = (username: string): NameKind =>
  ASCII.test(username) && nickname(username).name === username ? 'clear' : 'other';

/**
 * The digests of what a name looks like. Two names look alike if they share one. A name is compared as it is shown, and in
 * either case: "Β" (Greek) looks like "B", but "β" does not look like "b". In ASCII all three come to the same.
 * @returns nothing for a name that cannot be seen.
 */
export function alikeForms(username: string): string[] {
  return digestsOf(nickname(username).name, ...casesOf(username));
}

/** Those of the {@link alikeForms} that are the same for every spelling of the name. */
export function lastingForms(username: string): string[] {
  return digestsOf(...casesOf(username));
}

function casesOf(username: string): string[] {
  const key = usernameKey(nickname(username).name);
  return [key, key.toUpperCase()];
}

const digestsOf = (...texts: string[]): string[] => [
  ...new Set(texts.filter((text) => text !== '').map((text) => digestOf(looksOf(text)))),
];

/**
 * A skeleton without regard to case. In skeletons, "I" and "1" are "l", and "m" is "rn". "i" and "M" follow here: with case
 * they are the same letters.
 */
const looksOf = (text: string): string =>
  skeleton(text)
    .toUpperCase()
    .toLowerCase()
    .replace(SECOND_DOT, '$1')
    .replaceAll('i', 'l')
    .replaceAll('m', 'rn')
    .normalize('NFC');

const digestOf = (text: string): string =>
  createHash('sha256').update(text).digest().subarray(0, DIGEST_BYTES).toString('base64url');
