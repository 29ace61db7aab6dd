import type { Message } from '@parley/protocol';
import { useMemo, useSyncExternalStore } from 'react';
import { useStores } from '../provider.js';
import { type ChannelRef, keyOf } from '../shared/channel-ref.js';
import { ChannelComposer, mentionIn } from './channel-composer.js';
import { NO_DRAFT } from './drafts.js';

/** What a user writes in a channel. The functions stay the same from render to render. */
export interface Composer
  extends Pick<ChannelComposer, 'setText' | 'mention' | 'setReplyTo' | 'startEdit' | 'cancel' | 'send'> {
  readonly text: string;
  /** The message that `send` changes; nothing where it posts a new one. */
  readonly editing: Message | undefined;
  /** The message that `send` answers. */
  readonly replyTo: Message | undefined;
  /** Whether a change of a message is under way. A new message is among the messages at once. */
  readonly sending: boolean;
  /** Why the last change of a message failed, or why the text is not taken: too many messages wait to be sent. */
  readonly error: Error | undefined;
  /** What stands after an `@` at the end of the text, to offer members by it; nothing without one. */
  readonly mentioning: string | undefined;
}

/** The composer of a channel. Its draft stays while the user looks elsewhere. */
export function useComposer(channel: ChannelRef): Composer {
  const stores = useStores();
  const key = keyOf(channel);
  const draft = stores.drafts.of(key);
  const { text, editing, replyTo, isSending, error } = useSyncExternalStore(
    draft.subscribe,
    () => draft.value,
    () => NO_DRAFT,
  );
  const { setText, mention, setReplyTo, startEdit, cancel, send } = useMemo(
    () => new ChannelComposer(stores, key),
    [stores, key],
  );
  const actions = { setText, mention, setReplyTo, startEdit, cancel, send };
  const mentioning = mentionIn(text);
  return { text, editing, replyTo, sending: isSending ?? false, error, mentioning, ...actions };
}
