import { type ChangeFrame, changedMessages } from '@parley/client';
import type { Message } from '@parley/protocol';

/** A part of a channel's history that is on the screen or near it: without holes, the oldest first. */
export interface MessageWindow {
  readonly messages: readonly Message[];
  /** The channel has messages before the first, or after the last. */
  readonly hasOlder: boolean;
  readonly hasNewer: boolean;
}

/** A page of the history, as the server gives it. */
export interface HistoryPage {
  readonly messages: readonly Message[];
  /** In the direction of paging. */
  readonly hasMore: boolean;
}

/** How many messages are held at most once the screen has come to rest: about 1 MB of short ones, however long the history is. */
export const MOST_HELD = 500;

export const EMPTY_WINDOW: MessageWindow = { messages: [], hasOlder: false, hasNewer: false };

/** The newest page. */
export const openedWith = ({ messages, hasMore }: HistoryPage): MessageWindow => ({
  messages,
  hasOlder: hasMore,
  hasNewer: false,
});

export const withOlder = (now: MessageWindow, { messages, hasMore }: HistoryPage): MessageWindow => {
  const first = now.messages[0]?.Seq ?? Number.POSITIVE_INFINITY;
  const older = messages.filter(({ Seq }) => Seq < first);
  return { ...now, messages: [...older, ...now.messages], hasOlder: hasMore };
};

export const withNewer = (now: MessageWindow, { messages, hasMore }: HistoryPage): MessageWindow => {
  const last = now.messages.at(-1)?.Seq ?? 0;
  const newer = messages.filter(({ Seq }) => Seq > last);
  return { ...now, messages: [...now.messages, ...newer], hasNewer: hasMore };
};

/** What a window grows to while the screen never comes to rest, because messages keep coming. */
const MOST_RESTLESS = 2 * MOST_HELD;

/** The window after a live message, which is trimmed if so many have come that nobody has. */
export function bounded(now: MessageWindow, reading: 'older' | 'newest'): MessageWindow {
  return now.messages.length > MOST_RESTLESS ? trimmed(now, reading) : now;
}

/** A live message. Where newer ones are not held, it will be read with them. */
export function withMessage(now: MessageWindow, message: Message): MessageWindow {
  const last = now.messages.at(-1)?.Seq ?? 0;
  if (now.hasNewer || message.Seq <= last) return now;
  return { ...now, messages: [...now.messages, message] };
}

/** After an edit, a deletion or a reaction. It states a result, so that one which is applied twice makes no difference. */
export function withChange(now: MessageWindow, frame: ChangeFrame, reader: string): MessageWindow {
  const messages = changedMessages(now.messages, frame, reader);
  return messages === now.messages ? now : { ...now, messages };
}

/** The window without what lies farthest from where the user reads, if it holds too much. */
export function trimmed(now: MessageWindow, reading: 'older' | 'newest'): MessageWindow {
  if (now.messages.length <= MOST_HELD) return now;
  return reading === 'older'
    ? { ...now, messages: now.messages.slice(0, MOST_HELD), hasNewer: true }
    : { ...now, messages: now.messages.slice(-MOST_HELD), hasOlder: true };
}
