import type { Message } from '@parley/protocol';
import type { ShownMessage } from '@parley/react';

/** What one line of the list of messages is. */
export type Row =
  | { readonly kind: 'day'; readonly key: string; readonly day: string }
  | { readonly kind: 'unread'; readonly key: string }
  | {
      readonly kind: 'message';
      readonly key: string;
      readonly message: ShownMessage;
      readonly isFirst: boolean;
    }
  | { readonly kind: 'pending'; readonly key: string; readonly message: ShownMessage };

/** Messages of one author within this time stand together under one name, in ms. */
const TOGETHER_MS = 5 * 60_000;

/** When a message was written: its day, and the time in ms. */
interface Moment {
  readonly day: string;
  readonly time: number;
}

/** Each message that comes makes the rows of all: what is known of one is not computed again. */
const moments = new WeakMap<Message, Moment>();

function momentIn(message: Message): Moment {
  const known = moments.get(message);
  if (known !== undefined) return known;
  const date = new Date(message.CreatedAt);
  const moment = { day: date.toDateString(), time: date.getTime() };
  moments.set(message, moment);
  return moment;
}

/**
 * The rows that show messages. What is being sent, or has failed, comes after those that are stored.
 * @param unreadAfter the Seq after which the messages were new when the conversation was opened, if there were such.
 */
export function rowsOf(messages: readonly ShownMessage[], unreadAfter: number | undefined): readonly Row[] {
  const rows: Row[] = [];
  let before: Message | undefined;
  for (const message of messages) {
    if (message.state !== 'stored') {
      rows.push({ kind: 'pending', key: message.key, message });
      continue;
    }
    const { day } = momentIn(message);
    const isNewDay = before === undefined || momentIn(before).day !== day;
    const isFirstUnread =
      unreadAfter !== undefined &&
      before !== undefined &&
      before.Seq <= unreadAfter &&
      message.Seq > unreadAfter;
    if (isNewDay) rows.push({ kind: 'day', key: `day ${day}`, day: message.CreatedAt });
    if (isFirstUnread) rows.push({ kind: 'unread', key: 'unread' });
    const isFirst = isNewDay || isFirstUnread || !isTogether(before, message);
    rows.push({ kind: 'message', key: message.key, message, isFirst });
    before = message;
  }
  return rows;
}

function isTogether(before: Message | undefined, message: Message): boolean {
  if (before === undefined || before.SenderUUID !== message.SenderUUID || message.replyTo !== undefined)
    return false;
  return momentIn(message).time - momentIn(before).time < TOGETHER_MS;
}

/** Whether rows were put before those that were there, or taken from there: the list then keeps its place by its end. */
export function isShifted(before: readonly Row[], now: readonly Row[]): boolean {
  const firstOf = (rows: readonly Row[]) => rows.find(({ kind }) => kind === 'message')?.key;
  return (
    before.length !== now.length && firstOf(before) !== firstOf(now) && before.at(-1)?.key === now.at(-1)?.key
  );
}

/** Today, yesterday, or a date. */
export function nameOfDay(time: string, now: Date = new Date()): string {
  const day = new Date(time);
  const days = Math.round((startOf(now) - startOf(day)) / 86_400_000);
  if (days === 0) return 'Today';
  if (days === 1) return 'Yesterday';
  const isThisYear = day.getFullYear() === now.getFullYear();
  return day.toLocaleDateString(undefined, {
    ...{ weekday: 'long', day: 'numeric', month: 'long' },
    ...(!isThisYear && { year: 'numeric' }),
  });
}

const startOf = (day: Date): number => new Date(day.getFullYear(), day.getMonth(), day.getDate()).getTime();

/** The time of a day as the user's country writes it. */
export const clockOf = (time: string): string =>
  new Date(time).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });

/** For the list: the time of today, the weekday of this week, or the date. */
export function briefTime(time: string, now: Date = new Date()): string {
  const day = new Date(time);
  const days = Math.round((startOf(now) - startOf(day)) / 86_400_000);
  if (days <= 0) return clockOf(time);
  if (days < 7) return day.toLocaleDateString(undefined, { weekday: 'short' });
  return day.toLocaleDateString(undefined, { day: 'numeric', month: 'short' });
}

/** The weekday and the time, for what lies some days away at most. */
export const momentOf = (time: string): string =>
  new Date(time).toLocaleString(undefined, { weekday: 'short', hour: '2-digit', minute: '2-digit' });
