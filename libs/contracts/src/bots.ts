import type { User } from '@parley/protocol';
import type { Identity } from './users.js';

/** Where the version of a UUID stands in its text (RFC 9562, section 4.2). */
const VERSION_AT = 14;
const BOT_VERSION = '8';

/**
 * The UUID of a bot, made of that of a user: its version is 8 (RFC 9562, section 5.8), which no user of another kind has. So whoever
 * shows a user knows without asking whether it is a bot, and nothing has to be stored for it.
 */
export const botUUIDOf = (userUUID: string): string =>
  userUUID.slice(0, VERSION_AT) + BOT_VERSION + userUUID.slice(VERSION_AT + 1);

/** Whether a user is a bot. */
export const isBot = (userUUID: string): boolean => userUUID.charAt(VERSION_AT) === BOT_VERSION;

/** A user as others see them. */
export const shownUser = ({ UUID, Username }: Identity, OnLine: boolean): User => ({
  UUID,
  Username,
  OnLine,
  ...(isBot(UUID) && { bot: true as const }),
});
