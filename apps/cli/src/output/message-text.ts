import type { Message } from '@parley/protocol';
import { plain, plainLine } from './plain-text.js';

/** What follows the first line of a message stands below it, so that it cannot pass for a message of somebody else. */
const CONTINUATION = '\n    ';

const two = (value: number): string => String(value).padStart(2, '0');

/** The time of day here, as HH:MM. Empty for what is no time. */
export function clockTime(at: string): string {
  const time = new Date(at);
  return Number.isNaN(time.getTime()) ? '' : `${two(time.getHours())}:${two(time.getMinutes())}`;
}

/** The day and time here: `2026-11-30 09:05`. */
export function dayAndTime(at: string): string {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) return '';
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${clockTime(at)}`;
}

/** A message's text as it is now, with what was done to it. */
export function shownText(message: Message): string {
  if (message.deletedAt !== undefined) return '(deleted)';
  return plain(message.Message) + (message.editedAt === undefined ? '' : ' (edited)');
}

/** A message in the lines of a command: when, where if it is not clear, who and what. */
export function messageText(message: Message, channel?: string): string {
  const where = channel === undefined ? '' : `${plainLine(channel)}  `;
  const text = shownText(message).replaceAll('\n', CONTINUATION);
  return `${dayAndTime(message.CreatedAt)}  ${where}${plainLine(message.Sender.Username) || '?'}: ${text}`;
}
