import { useMemo } from 'react';
import { useStores } from '../provider.js';
import type { ChannelRef } from '../shared/channel-ref.js';
import { useShared } from '../shared/use-shared.js';
import type { Conversation } from './conversation.js';
import type { Inbox } from './inbox.js';
import { type InboxView, NO_INBOX } from './inbox-view.js';

const viewOf = (inbox: Inbox) => inbox.view;

/** What can be done with the list of conversations. */
export interface InboxActions {
  /** Loads them again, after `failed`. */
  readonly reload: () => Promise<void>;
  /** Puts a conversation on the list that the user has chosen. Resolves with it, or with nothing if there is none for the user. */
  readonly open: (channel: ChannelRef) => Promise<Conversation | undefined>;
  /** Says that the newest message of a channel is on the user's screen, as long as that is so; without a channel, that none is. */
  readonly look: (channel?: ChannelRef) => void;
}

/**
 * The conversations of the user: the general channel, the groups, and the private channels that something was written in, with what is
 * unread.
 */
export function useInbox(): InboxView & InboxActions {
  const { inbox } = useStores();
  const view = useShared(inbox, '', viewOf, NO_INBOX);
  const actions = useMemo(
    (): InboxActions => ({
      reload: () => inbox.peek('')?.load() ?? Promise.resolve(),
      open: (channel) => inbox.peek('')?.open(channel) ?? Promise.resolve(undefined),
      look: (channel) => inbox.peek('')?.look(channel),
    }),
    [inbox],
  );
  return useMemo(() => ({ ...view, ...actions }), [view, actions]);
}
