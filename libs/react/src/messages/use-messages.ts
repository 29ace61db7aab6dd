import { useMemo } from 'react';
import type { ChatStores } from '../chat-stores.js';
import { useStores } from '../provider.js';
import { type ChannelRef, keyOf } from '../shared/channel-ref.js';
import { useShared } from '../shared/use-shared.js';
import type { Feed } from './feed.js';
import { type MessagesView, NO_MESSAGES } from './feed-view.js';
import type { End } from './message-window.js';

/** What `useMessages` returns besides the view. The functions stay the same from render to render. */
export interface MessagesActions {
  /** Loads the page before the oldest message. Resolves when it is there, or has failed; then `error` says why. */
  loadOlder(): Promise<void>;
  /** Loads the page after the newest message of the list, where `hasNewer`. */
  loadNewer(): Promise<void>;
  /** Goes back to the newest messages, where `hasNewer`. */
  toNewest(): Promise<void>;
  /** Goes to a message by its `Seq`: the list ends with it, and `hasNewer`. Resolves when it is there, or has failed. */
  openAt(seq: number): Promise<void>;
  /** Says at which end the user reads. Where the list grows too long as messages come, that end stays. `newer` at first. */
  readsAt(end: End): void;
  /** Lets go of what a list holds beyond `windowSize`, at the other end. Call it when the list rests; see `slackSize`. */
  trim(end: End): void;
  /** Loads the newest page again, after `failed`. */
  reload(): Promise<void>;
  /** Marks the channel read. Call it when its newest message is on the screen. */
  markRead(): void;
  /** Sends a failed message again, by its `key`. It is stored once, however often it is sent. */
  retry(key: string): void;
  /** Forgets a failed message, by its `key`. */
  discard(key: string): void;
}

/** What `useMessages` returns: what a list shows, and what it can do. */
export type MessageFeed = MessagesView & MessagesActions;

const viewOf = (feed: Feed) => feed.messages;

function actionsOf({ feeds, outgoing }: ChatStores, key: string): MessagesActions {
  const feed = () => feeds.peek(key);
  const nothing = Promise.resolve();
  return {
    loadOlder: () => feed()?.loadOlder() ?? nothing,
    loadNewer: () => feed()?.loadNewer() ?? nothing,
    toNewest: () => feed()?.toNewest() ?? nothing,
    openAt: (seq) => feed()?.openAt(seq) ?? nothing,
    readsAt: (end) => feed()?.readsAt(end),
    trim: (end) => feed()?.trim(end),
    reload: () => feed()?.load() ?? nothing,
    markRead: () => feed()?.markRead(),
    retry: (post) => outgoing.retry(key, post),
    discard: (post) => outgoing.discard(key, post),
  };
}

/**
 * The messages of a channel, as they are after every change, with those that are being sent. All components that show a channel
 * share one subscription.
 */
export function useMessages(channel: ChannelRef): MessageFeed {
  const stores = useStores();
  const key = keyOf(channel);
  const view = useShared(stores.feeds, key, viewOf, NO_MESSAGES);
  const actions = useMemo(() => actionsOf(stores, key), [stores, key]);
  return useMemo(() => ({ ...view, ...actions }), [view, actions]);
}
