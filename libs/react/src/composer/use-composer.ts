import type { Message } from '@parley/protocol';
import { useMemo, useSyncExternalStore } from 'react';
import { useStores } from '../provider.js';
import { type ChannelRef, keyOf } from '../shared/channel-ref.js';
import { ChannelComposer, canBeSent, charactersLeft } from './channel-composer.js';
import { NO_DRAFT } from './drafts.js';
import { mentionAt } from './mention.js';

/** What a user does with the draft of a channel. The functions stay the same from render to render. */
export type ComposerActions = Pick<
  ChannelComposer,
  'setText' | 'mention' | 'setReplyTo' | 'startEdit' | 'cancel' | 'send'
>;

/** What a user writes in a channel. */
export interface Composer extends ComposerActions {
  readonly text: string;
  /** The message that `send` changes; nothing where it posts a new one. */
  readonly editing: Message | undefined;
  /** The message that `send` answers. */
  readonly replyTo: Message | undefined;
  /** Whether a change of a message is under way. A new message is among the messages at once. */
  readonly sending: boolean;
  /** Why the last change of a message failed, or why the text is not taken: too many messages wait to be sent. */
  readonly error: Error | undefined;
  /** What stands after an `@` at the end of the text, to offer members by it; nothing without one. `mentionAt` looks elsewhere. */
  readonly mentioning: string | undefined;
  /** Whether `send` takes the text: it is neither blank nor too long. */
  readonly canSend: boolean;
  /** How many characters may be added before the text is too long; fewer than 0 if it is. */
  readonly charactersLeft: number;
}

/** The composer of a channel. Its draft stays while the user looks elsewhere. */
export function useComposer(channel: ChannelRef): Composer {
  const stores = useStores();
  const key = keyOf(channel);
  const draft = stores.drafts.of(key);
  const { text, editing, replyTo, changing, error } = useSyncExternalStore(
    draft.subscribe,
    () => draft.value,
    () => NO_DRAFT,
  );
  return {
    ...{ text, editing, replyTo, error },
    sending: (changing ?? 0) > 0,
    mentioning: mentionAt(text, text.length)?.prefix,
    canSend: canBeSent(text),
    charactersLeft: charactersLeft(text),
    ...useComposerActions(channel),
  };
}

/** What `useComposer` can do, for components that do not show the draft: they are not rendered again as the user types. */
export function useComposerActions(channel: ChannelRef): ComposerActions {
  const stores = useStores();
  const key = keyOf(channel);
  return useMemo(() => {
    const { setText, mention, setReplyTo, startEdit, cancel, send } = new ChannelComposer(stores, key);
    return { setText, mention, setReplyTo, startEdit, cancel, send };
  }, [stores, key]);
}
