import { useMemo } from 'react';
import { useStores } from '../provider.js';
import { useShared } from '../shared/use-shared.js';
import { type Inbox, type InboxView, NO_INBOX } from './inbox.js';

const viewOf = (inbox: Inbox) => inbox.view;

/**
 * The conversations of the user: the general channel, the groups, and the private channels that something was written in, with what is
 * unread. `reload` loads them again, after `failed`.
 */
export function useInbox(): InboxView & { readonly reload: () => Promise<void> } {
  const { inbox } = useStores();
  const view = useShared(inbox, '', viewOf, NO_INBOX);
  return useMemo(
    () => ({ ...view, reload: () => inbox.peek('')?.load() ?? Promise.resolve() }),
    [view, inbox],
  );
}
