import type { Message } from '@parley/protocol';
import { useComposerActions } from '@parley/react';
import { useMemo, useState } from 'react';
import { type Place, targetOf } from '../conversations/place.js';
import { Store } from '../store.js';

/** How other parts of a conversation begin to write in it. Each brings the cursor into the field. */
export interface Writing {
  reply(message: Message): void;
  edit(message: Message): void;
  takeFocus(): void;
  /** Counts what should bring the cursor into the field. */
  readonly focus: Store<number>;
}

/** Stays the same as long as the conversation is on the screen. */
export function useWriting(place: Place): Writing {
  const { setReplyTo, startEdit } = useComposerActions(targetOf(place));
  const [focus] = useState(() => new Store(0));
  return useMemo(() => {
    const takeFocus = () => focus.update((count) => count + 1);
    const reply = (message: Message) => {
      setReplyTo(message);
      takeFocus();
    };
    const edit = (message: Message) => {
      startEdit(message);
      takeFocus();
    };
    return { reply, edit, takeFocus, focus };
  }, [setReplyTo, startEdit, focus]);
}
