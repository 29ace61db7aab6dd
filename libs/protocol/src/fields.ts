import { z } from 'zod';
import { codePoints } from './code-points.js';
import { LIMITS } from './limits.js';

const CONTROL_CHARACTER = /\p{Cc}/u;
const LONE_SURROGATE = /\p{Surrogate}/u;
/** Without flags: a JSON Schema has none. */
const UUID = /^[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$/;

/** Whether a text has at most `most` code points. They are counted only if it has more UTF-16 units than that. */
const isWithin = (text: string, most: number): boolean => text.length <= most || codePoints(text) <= most;

/** What a JSON Schema says of a text that a function checks: both count code points. */
const lengths = (minLength: number, maxLength: number) => ({ minLength, maxLength });

const utf8Bytes = (text: string): number => new TextEncoder().encode(text).length;

const wellFormed = z
  .string('expected a string')
  .refine((text) => !LONE_SURROGATE.test(text), 'expected valid Unicode without lone surrogates');

/** A string of 1 to `most` characters. */
export const shortText = (most: number) =>
  wellFormed
    .refine((text) => text.length > 0 && isWithin(text, most), `expected 1 to ${most} characters`)
    .meta(lengths(1, most));

/** As {@link shortText}, without control characters. */
export const singleLine = (most: number) =>
  shortText(most).refine((text) => !CONTROL_CHARACTER.test(text), 'expected no control characters');

/** Something that is seen: neither a space nor a character that shows nothing, such as a zero-width space. */
const VISIBLE = /[^\p{Z}\p{C}\p{Default_Ignorable_Code_Point}]/u;

/** The name of a group: 1 to 100 characters in one line, at least one of which is seen. */
export const groupName = singleLine(LIMITS.groupNameCharacters).refine(
  (text) => VISIBLE.test(text),
  'expected more than spaces',
);

/** What a group is about: up to 1,000 characters. An empty one is none. */
export const topic = wellFormed
  .refine(
    (text) => isWithin(text, LIMITS.topicCharacters),
    `expected at most ${LIMITS.topicCharacters} characters`,
  )
  .meta(lengths(0, LIMITS.topicCharacters));

/** A reaction: most often one emoji. It is kept and compared byte for byte. */
export const reaction = singleLine(LIMITS.reactionCharacters);

/** The mark of a next page, as an answer gave it. Nobody but the server reads it. */
export const cursor = shortText(LIMITS.cursorCharacters);

/** A UUID in any letter case, read as lower case. */
export const uuid = z
  .string('expected a UUID')
  .regex(UUID, 'expected a UUID')
  .transform((text) => text.toLowerCase());

/** A UUID. Empty, `null` and absent all mean "none", because the demo's clients send all three. */
export const optionalUuid = z
  .union([uuid, z.literal(''), z.null()], 'expected a UUID or nothing')
  .optional()
  .transform((value) => value || undefined);

/**
 * The most UTF-16 units that a username can have before NFC, which joins at most four characters to one. Nothing longer is
 * normalized: for 64 KiB of marks that takes half a second.
 */
const USERNAME_UNITS = LIMITS.usernameCharacters * 4 * 2;

/**
 * 1 to 64 characters after NFC, without control characters. Names of new accounts have to be more than that (`nickname`).
 * Accounts that are older than that rule sign in by names like these.
 */
export const username = wellFormed
  .refine((text) => text.length <= USERNAME_UNITS, `expected 1 to ${LIMITS.usernameCharacters} characters`)
  .transform((text) => text.normalize('NFC'))
  .refine((text) => !CONTROL_CHARACTER.test(text), 'expected no control characters')
  .refine(
    (text) => text.length > 0 && isWithin(text, LIMITS.usernameCharacters),
    `expected 1 to ${LIMITS.usernameCharacters} characters`,
  );

/** 1 to 256 bytes of UTF-8. */
export const password = wellFormed
  .refine(
    (text) => text.length > 0 && utf8Bytes(text) <= LIMITS.passwordBytes,
    `expected 1 to ${LIMITS.passwordBytes} bytes`,
  )
  .meta(lengths(1, LIMITS.passwordBytes));

/** Marks the one fault with an error of its own, MESSAGE_TOO_LONG. */
export const MESSAGE_TOO_LONG = `expected at most ${LIMITS.messageCharacters} characters`;

const TOKEN_EXPECTED = `expected a JSON Web Token of at most ${LIMITS.tokenCharacters} characters`;

/** A JSON Web Token as it is sent (RFC 7519): three parts in base64url. Only auth reads it. */
export const token = z
  .string(TOKEN_EXPECTED)
  .max(LIMITS.tokenCharacters, TOKEN_EXPECTED)
  .regex(/^[\w-]+\.[\w-]+\.[\w-]*$/, TOKEN_EXPECTED);

const SIGN_IN_TOKEN_EXPECTED = `${TOKEN_EXPECTED}, or the key of a bot`;

/** What signs a connection in without a password: a {@link token}, or the key of a bot (`API_KEY`). */
export const signInToken = z
  .string(SIGN_IN_TOKEN_EXPECTED)
  .max(LIMITS.tokenCharacters, SIGN_IN_TOKEN_EXPECTED)
  .regex(/^(?:[\w-]+\.[\w-]+\.[\w-]*|pk_[0-9A-Za-z]{16}_[0-9A-Za-z]{43})$/, SIGN_IN_TOKEN_EXPECTED);

/** 1 to 4,000 code points of any valid Unicode, kept byte for byte. */
export const messageText = wellFormed
  .refine((text) => text.length > 0, 'expected at least 1 character')
  .refine((text) => isWithin(text, LIMITS.messageCharacters), MESSAGE_TOO_LONG)
  .meta(lengths(1, LIMITS.messageCharacters));

/** A whole number from `least` to `most`. */
export const wholeNumber = (least: number, most: number) => {
  const expected = `expected a whole number from ${least} to ${most}`;
  return z.int(expected).min(least, expected).max(most, expected);
};

/**
 * The form in which usernames are compared: NFC, without regard to case. The text goes to upper case first and then
 * to lower. Letters whose lower-case forms differ but whose upper-case forms agree ("ß" and "ss", "ſ" and "s") then
 * count as the same, as in full case folding.
 */
export function usernameKey(name: string): string {
  return name.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC');
}

/** The number of an entry in a channel's log, or of an item in an inbox. 0 stands before the first. */
export const seq = wholeNumber(0, Number.MAX_SAFE_INTEGER);

/** Names a channel: by the partner of a private one, or by its id. With neither, the general channel. */
export const channel = { recipientUUID: optionalUuid, channelUUID: optionalUuid };
